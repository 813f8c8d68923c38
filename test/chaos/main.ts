/** `npm run chaos`: breaks everything that a plan says, and says what came of it. Exits 1 when an invariant is broken. */
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { collectUndos } from "../e2e/support/on-end.ts";
import { readArguments, usage, type Wanted } from "./arguments.ts";
import { audit } from "./audit/audit.ts";
import { hashOf, planChaos } from "./plan.ts";
import { makeReport, type Report, showReport } from "./report.ts";
import { runChaos } from "./run.ts";

const RESULTS = fileURLToPath(new URL("../../.data/chaos/", import.meta.url));
const MOST_SHOWN = 50;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(wanted: Wanted): Promise<number> {
  const plan = planChaos(wanted);
  if (wanted.planOnly) {
    say(JSON.stringify(plan, null, 2));
    return 0;
  }
  say(`seed ${plan.seed}, plan ${hashOf(plan)}`);
  const { onEnd, undoAll } = collectUndos();
  try {
    const outcome = await runChaos(plan, onEnd, say);
    const report = makeReport(plan, outcome, audit(outcome.evidence));
    const file = await keep(report);
    say(`\n${showReport(report)}\nthe figures are in ${file}`);
    return conclude(report);
  } finally {
    await undoAll();
  }
}

async function keep(report: Report): Promise<string> {
  await mkdir(RESULTS, { recursive: true });
  const file = `${RESULTS}${report.seed}.json`;
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  return file;
}

function conclude({ broken, replay }: Report): number {
  if (broken.length === 0) {
    say("every invariant holds");
    return 0;
  }
  for (const what of broken.slice(0, MOST_SHOWN)) say(`BROKEN ${what}`);
  if (broken.length > MOST_SHOWN) say(`and ${broken.length - MOST_SHOWN} more`);
  say(`replay: ${replay}`);
  return 1;
}

function read(): Wanted | null {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    return null;
  }
}

const wanted = read();
process.exit(wanted === null ? 2 : await main(wanted));
