// `npm run verify`: everything about the code that needs no running service. One step, one line; add steps to STEPS.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { findLockFaults } from "./lock-file.ts";

/** Resolves with what is wrong, or with undefined when all is well. */
type Check = () => Promise<string | undefined>;
type Step = { name: string; check: Check };

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Each writes a file that is kept in the repository, and with --check only compares. */
const GENERATORS = [
  "tools/configuration.ts",
  "tools/lifecycle.ts",
  "tools/logs.ts",
  "tools/openapi.ts",
  "tools/typed-client.ts",
];

/** Nothing here calls home. */
const SILENT = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };

const STEPS: Step[] = [
  { name: "types", check: node("node_modules/typescript/bin/tsc", "-p", ".") },
  { name: "lint", check: node("node_modules/oxlint/bin/oxlint", "--type-aware", "--deny-warnings") },
  { name: "format", check: node("node_modules/oxfmt/bin/oxfmt", "--check") },
  { name: "unused code", check: node("node_modules/knip/bin/knip.js") },
  { name: "lock file", check: checkLockFile },
  { name: "installed", check: command("npm", "ls", "--all") },
  ...GENERATORS.map((file) => ({ name: `${file} --check`, check: node(file, "--check") })),
  { name: "openapi.json", check: node("node_modules/@redocly/cli/bin/cli.js", "lint", "openapi.json") },
];

async function verify(steps: Step[]): Promise<boolean> {
  let isAllWell = true;
  for (const { name, check } of steps) {
    const startedAt = performance.now();
    const problem = await check().catch((error: unknown) => String(error));
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(
      `${problem === undefined ? "ok    " : "FAILED"}  ${name.padEnd(28)} ${seconds.padStart(5)} s`,
    );
    if (problem !== undefined) console.log(`\n${problem.trim()}\n`);
    isAllWell &&= problem === undefined;
  }
  return isAllWell;
}

async function checkLockFile(): Promise<string | undefined> {
  const faults = findLockFaults(await readFile(new URL("../package-lock.json", import.meta.url), "utf8"));
  return faults.length === 0 ? undefined : ["In package-lock.json:", ...faults].join("\n");
}

function node(script: string, ...args: string[]): Check {
  return command(process.execPath, script, ...args);
}

function command(file: string, ...args: string[]): Check {
  return () => {
    const child = spawn(file, args, {
      cwd: ROOT,
      env: { ...process.env, ...SILENT },
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32" && file === "npm",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code === 0 ? undefined : output || `exit code ${code}`));
    });
  };
}

process.exitCode = (await verify(STEPS)) ? 0 : 1;
