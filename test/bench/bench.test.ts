// The benchmark in its short form: it runs to its end and has a number for everything. Which numbers is not its business.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RUNS_FOR_MS = 240_000;

const ROWS = [
  "requests/s",
  "p50, ms",
  "p99, ms",
  "API's CPU a request, ms",
  "jobs/s",
  "worker's CPU a job, ms",
  "looks a job",
  "stand-in's share of one core",
  "looks/s",
  "worker's CPU a look, ms",
  "deliveries/s",
  "worker's CPU a delivery, ms",
  "Redis' CPU a delivery, ms",
  "scripts a delivery",
  "commands, those in scripts too",
  "Redis' share of one core",
  "stand-in's share of one core",
  "p50, ms",
  "p95, ms",
  "p99, ms",
  "scripts",
  "commands, those in scripts too",
  "bytes in and out",
  "CPU, ms",
  "bytes of memory it leaves",
];

test(
  "npm run bench -- --quick -> one table with both sides' numbers in every row, and exit code 0",
  { timeout: RUNS_FOR_MS },
  async () => {
    const { code, output, complaints } = await run("bench/main.ts", "--quick");
    expect(code === 0 ? "" : complaints).toBe("");
    const rows = [...output.matchAll(/^ {2}(\S.*?) {2,}([\d.]+) +([\d.]+) /gm)];
    expect(rows.map(([, label]) => label)).toEqual(ROWS.filter(isKnownHere));
    const looks = rows.find(([, label]) => label === "looks a job");
    expect(looks?.slice(2)).toEqual(["3.00", "3.00"]);
  },
);

test("a measure that does not exist -> says which there are, exit code 1", async () => {
  const { code, complaints } = await run("bench/main.ts", "--only", "speed");
  expect(code).toBe(1);
  expect(complaints).toContain("intake, endToEnd, looks");
});

/** Only Linux tells what another process has taken of the processor. */
const isKnownHere = (label: string): boolean => process.platform === "linux" || !label.includes("'s CPU a ");

async function run(...args: string[]) {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let complaints = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, output, complaints };
}
