// `npm test`: every test against a real Redis. Arguments are vitest's: `npm test -- test/api`.
import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { formatTally, tallyReport } from "./tally.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const REPORT = fileURLToPath(new URL("../test-report.json", import.meta.url));

async function runTests(args: string[]): Promise<number> {
  await rm(REPORT, { force: true });
  const exitCode = await runVitest(args);
  const report = await readFile(REPORT, "utf8").catch(() => undefined);
  const tally = tallyReport(report, exitCode);
  console.log(formatTally(tally));
  const hasRun = tally.passed + tally.failed > 0;
  return tally.failed > 0 || !hasRun ? 1 : 0;
}

function runVitest(args: string[]): Promise<number> {
  const reporters = args.some((arg) => arg.startsWith("--reporter")) ? [] : ["--reporter=default"];
  const json = ["--reporter=json", `--outputFile.json=${REPORT}`];
  const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
  const child = spawn(process.execPath, [vitest, "run", ...args, ...reporters, ...json], {
    cwd: ROOT,
    stdio: "inherit",
  });
  // Ctrl-C reaches vitest by itself and ends its Redis; this process stays for the closing line.
  for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve) => {
    child.once("exit", (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}

process.exitCode = await runTests(process.argv.slice(2));
