// What the Dockerfile makes, made without containers: the files that .dockerignore lets through, the packages that npm
// installs without those for development, and nothing else within reach.
import { cpSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { z } from "zod";
import { ROOT } from "./run.ts";

const lines = (file: string): string[] =>
  readFileSync(join(ROOT, file), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

/** The instructions of one kind, each as its words. */
export const instructions = (kind: string): string[][] =>
  lines("Dockerfile").flatMap((line) => (line.startsWith(`${kind} `) ? [line.split(" ").slice(1)] : []));

/** What may be copied: .dockerignore must keep everything out but what it names. */
function readContext(): string[] {
  const [first, ...others] = lines(".dockerignore");
  if (first !== "*" || others.some((line) => !line.startsWith("!"))) {
    throw new Error(".dockerignore is not a list of exceptions any more");
  }
  return others.map((line) => line.slice(1));
}

/** Environment that the image brings. */
export const imageEnvironment = (): Record<string, string> =>
  Object.fromEntries(instructions("ENV").flatMap((words) => words.map((word) => word.split("=", 2))));

/** Fills an empty folder with what the image has in its /app. */
export function fillImage(dir: string): void {
  const context = readContext();
  for (const words of instructions("COPY")) {
    const to = words.at(-1) ?? "";
    for (const from of words.slice(0, -1)) {
      if (!context.includes(from)) throw new Error(`.dockerignore does not let ${from} through`);
      cpSync(join(ROOT, from), join(dir, to.endsWith("/") ? join(to, from) : to), { recursive: true });
    }
  }
  for (const path of listPackages()) {
    // What lies deeper is on the list itself, or is left out.
    const isOwn = (source: string) => !relative(join(ROOT, path), source).startsWith("node_modules");
    cpSync(join(ROOT, path), join(dir, path), { recursive: true, filter: isOwn });
  }
}

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ dev: z.boolean(), optional: z.boolean(), devOptional: z.boolean() }).partial(),
  ),
});

/** Folders of the packages that `npm ci --omit=dev --omit=optional` installs. */
function listPackages(): string[] {
  const { packages } = Lock.parse(JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")));
  return Object.entries(packages)
    .filter(([path, { dev, optional, devOptional }]) => path !== "" && !dev && !optional && !devOptional)
    .map(([path]) => path);
}
