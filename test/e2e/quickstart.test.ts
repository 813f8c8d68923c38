// docs/quickstart.md, followed by a reader who has nothing but what the page asks for.
import { chmod, cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findFreePort } from "../../tools/free-port.ts";
import { blocksOf } from "../docs/support/page.ts";
import { followPage, isMissing, newFolder } from "../docs/support/reader.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PAGE = "docs/quickstart.md";
const NOT_CLONED = new Set([".git", ".data", ".cache", "node_modules", "coverage"]);

test.skipIf(isMissing("bash", "curl", "redis-server"))(
  "every command of the page, in order -> works, and shows what the page says",
  async () => {
    const dir = await newFolder();
    const bin = await openWorkshop(dir);
    const ports = ["REDIS_PORT", "SIMULATOR_PORT", "RECEIVER_PORT", "PORT", "WORKER_PORT"];
    const free = await Promise.all(ports.map(async (name) => [name, String(await findFreePort(0))]));
    const path = `${bin}:${process.env["PATH"] ?? ""}`;
    await followPage(PAGE, dir, { ...Object.fromEntries(free), PATH: path, HOME: dir });
    expect(blocksOf(PAGE).filter(({ language }) => language === "sh").length).toBeGreaterThan(10);
  },
);

/** A `git` whose clone is the present working tree, with its packages: the page's address is only an example. */
async function openWorkshop(dir: string): Promise<string> {
  const clone = join(dir, "clone");
  const bin = join(dir, "bin");
  await mkdir(clone);
  await mkdir(bin);
  for (const entry of await readdir(ROOT)) {
    if (!NOT_CLONED.has(entry)) await cp(join(ROOT, entry), join(clone, entry), { recursive: true });
  }
  // As links, since they are many: should npm replace some, it replaces the links.
  await promisify(execFile)("cp", ["-al", join(ROOT, "node_modules"), join(clone, "node_modules")]);
  const git = join(bin, "git");
  await writeFile(git, `#!/bin/sh\ntest "$1" = clone && mv "${clone}" "$(basename "$2" .git)"\n`);
  await chmod(git, 0o755);
  return bin;
}
