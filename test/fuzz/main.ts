// `npm run fuzz`: hostile requests to a running API, and every answer judged by openapi.json.
//   -- --requests N  how many (20000)
//   -- --seed N      draws the same ones again
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { drawTable } from "../../tools/draw-table.ts";
import { useRedis } from "../../tools/redis.ts";
import { unreached } from "./reach.ts";
import { runFuzz } from "./run-fuzz.ts";
import type { FuzzReport } from "./run-fuzz.ts";

const { values: wanted } = parseArgs({
  options: {
    requests: { type: "string", default: "20000" },
    seed: { type: "string", default: String(randomInt(1_000_000)) },
  },
});

async function main(): Promise<void> {
  const [requests, seed] = [Number(wanted.requests), Number(wanted.seed)];
  if (!Number.isSafeInteger(requests) || !Number.isSafeInteger(seed) || requests < 1) {
    throw new Error("--requests and --seed take whole numbers");
  }
  const startedAt = performance.now();
  const dir = await mkdtemp(join(tmpdir(), "onetake-fuzz-"));
  const redis = await useRedis({ dir, appendonly: false });
  try {
    const report = await runFuzz({ redisUrl: redis.url, prefix: `fuzz-${process.pid}`, requests, seed });
    tell(report, seed, (performance.now() - startedAt) / 1000);
  } finally {
    await redis.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

function tell(report: FuzzReport, seed: number, seconds: number): void {
  const { counts, faults, errors } = report;
  const statuses = [...new Set([...counts.values()].flatMap((byStatus) => [...byStatus.keys()]))].sort(
    (a, b) => a - b,
  );
  const rows = [...counts].map(([name, byStatus]) => {
    const figures = statuses.map((status) => byStatus.get(status) ?? 0);
    return [name, ...[sum(figures), ...figures].map((figure) => (figure === 0 ? "" : String(figure)))];
  });
  const total = sum([...counts.values()].flatMap((byStatus) => [...byStatus.values()]));
  const missed = unreached(report);
  rows.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  say(drawTable(["operation", "all", ...statuses.map(String)], rows));
  say(`\n${total} requests in ${seconds.toFixed(0)} s, seed ${seed}.`);
  say(`Answers outside the document: ${faults.length}. Errors in the log: ${errors.length}.`);
  if (missed.length > 0) say(`Documented, and never met: ${missed.join(", ")}.`);
  for (const fault of faults) say(`\n${fault}`);
  for (const line of errors.slice(0, 5)) say(`\n${JSON.stringify(line).slice(0, 2000)}`);
  if (faults.length + errors.length > 0) {
    say(`\nThe same again: npm run fuzz -- --seed ${seed} --requests ${wanted.requests}`);
    process.exitCode = 1;
  }
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const sum = (figures: number[]): number => figures.reduce((all, each) => all + each, 0);

await main();
