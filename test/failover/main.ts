// `npm run failover`: what each setting of Redis loses when its servers fail, measured. Prints docs/failover.md's tables.
//   -- --jobs N     in each run; 60 when absent
//   -- --only TEXT  only scenarios whose group or name has this text
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { drawTable } from "../../tools/draw-table.ts";
import { findRedisEight } from "../support/redis-eight.ts";
import { program } from "../support/program.ts";
import { makePlan } from "./plan.ts";
import { HEAD, rowOf } from "./row.ts";
import { runScenario } from "./run.ts";

const { values: wanted } = parseArgs({
  options: { jobs: { type: "string", default: "60" }, only: { type: "string", default: "" } },
});

async function main(): Promise<void> {
  const eight = await findRedisEight();
  const plan = makePlan({ eight, hasStrace: program("strace") !== null }).filter(({ scenario }) =>
    `${scenario.on} ${scenario.name}`.includes(wanted.only),
  );
  const rows: string[][] = [];
  for (const { scenario, setting, version } of plan) {
    process.stderr.write(
      `${scenario.on}: ${scenario.name}, ${JSON.stringify({ ...setting, server: version })} …\n`,
    );
    const outcome = await runScenario(scenario, setting, Number(wanted.jobs)).catch((error: unknown) => {
      process.exitCode = 1;
      return String(error);
    });
    rows.push(rowOf(scenario, setting, version, outcome));
    process.stderr.write(`${rows.at(-1)?.join(" | ")}\n`);
  }
  process.stdout.write(`${drawTable(HEAD, rows)}\n\n`);
  process.stdout.write(
    `${wanted.jobs} jobs a run; ${availableParallelism()} cores, Node.js ${process.versions.node}, ` +
      `${new Date().toISOString().slice(0, 10)}\n`,
  );
}

// Whatever was started ends with this process, however it ends.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
await main();
process.exit();
