import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A copy of what the generators read and write, to be spoilt. */
function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), "onetake-openapi-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const parts = ["src/api", "src/shared", "openapi.json", "test/client", "package.json", "redocly.yaml"];
  const tools = ["tools/openapi.ts", "tools/typed-client.ts", "tools/keep-file.ts"];
  for (const part of [...parts, ...tools]) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}

const SILENT = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
const run = (folder: string, ...args: string[]) =>
  spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", env: { ...process.env, ...SILENT } });

test.each([
  ["tools/openapi.ts", "openapi.json", '"title": "Onetake"'],
  ["tools/typed-client.ts", "test/client/schema.d.ts", "export interface paths"],
])("%s: %s is spoilt -> --check ends with 1 and names the command, which mends it", (tool, file, part) => {
  const folder = copy();
  const path = join(folder, file);
  expect(run(folder, tool, "--check")).toMatchObject({ status: 0, stderr: "" });
  const whole = readFileSync(path, "utf8");
  expect(whole).toContain(part);
  writeFileSync(path, whole.replace(part, ""));
  const checked = run(folder, tool, "--check");
  expect(checked.status).toBe(1);
  expect(checked.stderr).toContain(`run \`node ${tool}\``);
  expect(readFileSync(path, "utf8")).not.toContain(part);
  expect(run(folder, tool).status).toBe(0);
  expect(readFileSync(path, "utf8")).toBe(whole);
});

test("a route's schema is changed -> --check of the document ends with 1", () => {
  const folder = copy();
  const route = join(folder, "src/api/routes/system.ts");
  writeFileSync(
    route,
    readFileSync(route, "utf8").replace("Is the process alive?", "Does the process live?"),
  );
  expect(run(folder, "tools/openapi.ts", "--check").status).toBe(1);
});

test("a route with a key that documents no 401 -> the linter ends with 1", () => {
  const folder = copy();
  const document = join(folder, "openapi.json");
  const linter = ["node_modules/@redocly/cli/bin/cli.js", "lint", "openapi.json"];
  expect(run(folder, ...linter).status).toBe(0);
  const broken = readFileSync(document, "utf8").replaceAll('"401":', '"418":');
  writeFileSync(document, broken);
  const { status, stdout, stderr } = run(folder, ...linter);
  expect(status).toBe(1);
  expect(stdout + stderr).toContain("A route that takes a key answers 401 and 503");
});
