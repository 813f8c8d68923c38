// Every script of package.json that starts the launcher is a command that it knows.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const Package = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = Package.parse(JSON.parse(readFileSync(`${ROOT}/package.json`, "utf8")));

test("the scripts of package.json -> each under the launcher's command of the same name, and all commands", () => {
  const { status, stderr } = spawnSync(process.execPath, ["tools/launch.mjs"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(status).toBe(64);
  const commands = /<(.+)>/.exec(stderr)?.[1]?.split(" | ") ?? [];
  expect(commands).toContain("keys");
  for (const command of commands) expect(scripts[command]).toBe(`node tools/launch.mjs ${command}`);
  const launched = Object.keys(scripts).filter((name) => scripts[name]?.includes("tools/launch.mjs"));
  expect(launched.toSorted()).toEqual(commands.toSorted());
});
