import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";

import { jobErrors } from "../../src/shared/errors.ts";
import { jobStatuses, transitions } from "../../src/shared/job.ts";
import { describeLifecycle } from "../../tools/lifecycle.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A copy of what it reads, to be spoilt. */
function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), "onetake-lifecycle-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of [
    "src/shared",
    "tools/lifecycle.ts",
    "tools/draw-table.ts",
    "tools/keep-file.ts",
    "package.json",
  ]) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}

const run = (folder: string, ...args: string[]) =>
  spawnSync(process.execPath, ["tools/lifecycle.ts", ...args], { cwd: folder, encoding: "utf8" });
const pageOf = (folder: string) => readFileSync(join(folder, "docs/lifecycle.md"), "utf8");

describe("the page", () => {
  const page = describeLifecycle();

  test("every move of the table -> an arrow of the diagram that names it", () => {
    const arrows = new Set(
      [...page.matchAll(/^ {2}(\w+) --> (\w+): (.+)$/gm)].flatMap(([, from, to, names = ""]) =>
        names.split(", ").map((name) => `${from} ${name} ${to}`),
      ),
    );
    const moves = Object.entries(transitions).flatMap(([name, { from, to }]) =>
      from.map((status) => `${status} ${name} ${to}`),
    );
    expect([...arrows].sort()).toEqual(moves.sort());
  });

  test("every status, transition and error code -> a row with what the code says of it", () => {
    for (const [name, meaning] of Object.entries(jobStatuses))
      expect(page).toContain(`| \`${name}\` | ${meaning} |`);
    for (const [name, { why }] of Object.entries(transitions)) {
      expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\| .* \\| ${why} \\|$`, "m"));
    }
    for (const [code, { message, retryable }] of Object.entries(jobErrors)) {
      expect(page).toContain(`| \`${code}\` | ${message} | ${retryable ? "yes" : "no"} |`);
    }
  });
});

describe("the command", () => {
  test("run -> writes the page; --check of that -> exit 0", () => {
    const folder = copy();
    expect(run(folder).status).toBe(0);
    expect(pageOf(folder)).toBe(describeLifecycle());
    expect(run(folder, "--check")).toMatchObject({ status: 0, stderr: "" });
  });

  test("--check without a page -> exit 1, says what to run, writes nothing", () => {
    const folder = copy();
    const { status, stderr } = run(folder, "--check");
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining("`node tools/lifecycle.ts`"),
    });
    expect(() => pageOf(folder)).toThrow(/ENOENT/);
  });

  test("--check of a page that somebody edited -> exit 1, the page left as it is", () => {
    const folder = copy();
    run(folder);
    const edited = pageOf(folder).replace("recover", "rescue");
    writeFileSync(join(folder, "docs/lifecycle.md"), edited);
    expect(run(folder, "--check").status).toBe(1);
    expect(pageOf(folder)).toBe(edited);
  });

  test("the page in the repository -> says what the code does", () => {
    expect(pageOf(ROOT)).toBe(describeLifecycle());
  });
});
