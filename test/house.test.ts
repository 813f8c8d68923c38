// The rules of the house that no linter knows: who may import whom, and where each outside thing is allowed in.
import { readdirSync, readFileSync } from "node:fs";
import { join, matchesGlob } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LONGEST_FILE = 300;

/** What each folder of src may import from, besides itself. */
const MAY_IMPORT: Record<string, string[]> = {
  api: ["shared"],
  worker: ["shared"],
  shared: [],
  simulator: ["shared"],
};

const PROCESSES = ["src/api/main.ts", "src/worker/main.ts"];

/** Each outside package, and the only files that may import it. */
const DOORS: Record<string, string[]> = {
  bullmq: ["src/shared/queues.ts", "src/worker/stages.ts"],
  ioredis: ["src/shared/store/redis.ts"],
  fastify: ["src/api/**", "src/simulator/**", "src/worker/health.ts"],
  undici: [
    "src/worker/novita/client.ts",
    "src/worker/send.ts",
    "src/worker/pools.ts",
    "src/worker/connector.ts",
  ],
};

const READERS_OF_ENVIRONMENT = ["src/shared/config.ts", "src/simulator/main.ts"];

const NOVITA_WORDS = /TASK_STATUS_|task_result|video_url/;
const SPEAKERS_OF_NOVITA = ["src/worker/novita/**", "src/simulator/**"];

type Module = { file: string; text: string; code: string; imports: string[] };

const modules = new Map(listFiles("src", ".ts").map((file) => [file, readModule(file)]));

describe("who imports whom", () => {
  test.each(Object.entries(MAY_IMPORT))("src/%s -> imports itself and %j only", (folder, allowed) => {
    const own = [...modules.values()].filter(({ file }) => file.startsWith(`src/${folder}/`));
    const strays = own.flatMap(({ file, imports }) =>
      imports
        .filter(
          (target) =>
            isLocal(target) && ![folder, ...allowed].some((name) => target.startsWith(`src/${name}/`)),
        )
        .map((target) => `${file} imports ${target}`),
    );
    expect(own).not.toEqual([]);
    expect(strays).toEqual([]);
  });

  test("every local import -> names a file that exists", () => {
    const broken = [...modules.values()].flatMap(({ file, imports }) =>
      imports
        .filter((target) => target.endsWith(".ts") && !modules.has(target))
        .map((target) => `${file} imports ${target}`),
    );
    expect(broken).toEqual([]);
  });

  test("no module imports itself by way of others", () => {
    expect(findCycles()).toEqual([]);
  });

  test.each(PROCESSES)("a module is in src/shared -> %s reaches it", (main) => {
    expect([...modules.keys()]).toContain(main);
    const reached = reachedFrom(main);
    const unreached = [...modules.keys()].filter(
      (file) => file.startsWith("src/shared/") && !reached.has(file),
    );
    expect(unreached).toEqual([]);
  });
});

describe("outside things come in by few doors", () => {
  test.each(Object.entries(DOORS))("%s -> imported in %j only", (name, doors) => {
    const importers = [...modules.values()]
      .filter(({ imports }) => imports.includes(name))
      .map(({ file }) => file);
    expect(outside(importers, doors)).toEqual([]);
    expect(unused(importers, doors)).toEqual([]);
  });

  test("process.env -> read where processes are configured only", () => {
    const readers = [...modules.values()]
      .filter(({ code }) => /\bprocess\.env\b/.test(code))
      .map(({ file }) => file);
    expect(outside(readers, READERS_OF_ENVIRONMENT)).toEqual([]);
    expect(unused(readers, READERS_OF_ENVIRONMENT)).toEqual([]);
  });

  test("Novita's words -> spoken by its client and its stand-in only", () => {
    const speakers = [...modules.values()]
      .filter(({ text }) => NOVITA_WORDS.test(text))
      .map(({ file }) => file);
    expect(outside(speakers, SPEAKERS_OF_NOVITA)).toEqual([]);
    expect(unused(speakers, SPEAKERS_OF_NOVITA)).toEqual([]);
  });
});

describe("files", () => {
  test(`a source file -> at most ${LONGEST_FILE} lines`, () => {
    const long = [...listFiles("src", ".ts"), ...listFiles("src", ".lua")]
      .map((file) => ({ file, lines: readText(file).trimEnd().split("\n").length }))
      .filter(({ lines }) => lines > LONGEST_FILE);
    expect(long).toEqual([]);
  });

  test("a test file -> expects something", () => {
    const files = listFiles("test", ".test.ts");
    expect(files).toContain("test/house.test.ts");
    expect(files.filter((file) => !/\bexpect(\.\w+)?\(/.test(readText(file)))).toEqual([]);
  });
});

function outside(files: string[], doors: string[]): string[] {
  return files.filter((file) => !doors.some((door) => matchesGlob(file, door)));
}

/** A door that nobody uses any more must leave its list. */
function unused(files: string[], doors: string[]): string[] {
  return doors.filter((door) => !files.some((file) => matchesGlob(file, door)));
}

function reachedFrom(main: string): Set<string> {
  const reached = new Set<string>();
  const waiting = [main];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    waiting.push(...(modules.get(file)?.imports ?? []));
  }
  return reached;
}

/** The way round, for each import that closes one. */
function findCycles(): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (path.includes(file) || done.has(file)) return;
    for (const target of modules.get(file)?.imports ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of modules.keys()) visit(file, []);
  return cycles;
}

function readModule(file: string): Module {
  const text = readText(file);
  const code = text.replaceAll(/^\s*(\/\/|\/?\*).*$/gm, "");
  const statements = code.matchAll(/^(?:import|export)\s(?:[^;"]*?\sfrom\s)?"([^"]+)"/gm);
  const calls = code.matchAll(/\bimport\(\s*"([^"]+)"/g);
  const imports = [...statements, ...calls].map(([, specifier = ""]) => resolveImport(file, specifier));
  return { file, text, code, imports };
}

/** A local import as a path from the root, a package's as the package's name. */
function resolveImport(file: string, specifier: string): string {
  if (specifier.startsWith(".")) return join(file, "..", specifier);
  const [scope = "", name] = specifier.split("/");
  return scope.startsWith("@") && name !== undefined ? `${scope}/${name}` : scope;
}

function isLocal(target: string): boolean {
  return /^(src|test|tools|bench)\//.test(target) || target.startsWith("..");
}

function listFiles(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .filter((file) => file.endsWith(ending))
    .sort();
}

function readText(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}
