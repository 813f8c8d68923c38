// One run: two APIs and two workers under load, a fault in the middle of it, and the books afterwards.
import { buildReceiver } from "../../src/simulator/receiver.ts";
import { buildSimulator } from "../../src/simulator/simulator.ts";
import { untilReady } from "../e2e/support/caller.ts";
import { collectUndos } from "../e2e/support/on-end.ts";
import { openPostbox } from "../e2e/support/postbox.ts";
import { startApi, startWorker } from "../e2e/support/program.ts";
import { settings as processSettings } from "../e2e/support/settings.ts";
import { type Books, closeBooks } from "./books.ts";
import { startLoad } from "./load.ts";
import type { Scenario, Setting } from "./scenario.ts";

/** At first, and after the fault, by itself. */
const READY_WITHIN_MS = 60_000;

export type Outcome = Books & {
  acknowledged: number;
  refused: number;
  /** The longest time without an acknowledgement since the fault began. */
  gapMs: number;
};

export async function runScenario(scenario: Scenario, setting: Setting, jobs: number): Promise<Outcome> {
  const { onEnd, undoAll } = collectUndos();
  try {
    const prefix = `failover-${scenario.name.replaceAll(/\W+/g, "-")}`.slice(0, 40);
    const scene = await scenario.open(setting, prefix);
    onEnd(() => scene.close());
    const simulator = buildSimulator();
    onEnd(() => simulator.close());
    const receiver = buildReceiver();
    onEnd(() => receiver.close());
    await Promise.all([simulator.listen(), receiver.listen()]);
    const environment = processSettings(
      { redis: scene.url, novita: simulator.url, prefix },
      environmentOf(setting),
    );
    const apis = await Promise.all([startApi(environment, onEnd), startApi(environment, onEnd)]);
    const workers = await Promise.all([startWorker(environment, onEnd), startWorker(environment, onEnd)]);
    const processes = [...apis, ...workers];
    await Promise.all(processes.map(({ url }) => untilReady(url, READY_WITHIN_MS)));

    const load = startLoad({ apis: apis.map(({ url }) => url), jobs, prefix, receiver: receiver.url });
    await load.untilAcknowledged(Math.ceil(jobs / 3));
    const struckAt = performance.now();
    await scene.strike(load);
    await load.ended;
    const dead = processes.find(({ hasEnded }) => hasEnded);
    if (dead) throw new Error(`a process has ended: ${JSON.stringify(dead.log.slice(-3))}`);
    await Promise.all(processes.map(({ url }) => untilReady(url, READY_WITHIN_MS)));
    const postbox = openPostbox(receiver);
    const books = await closeBooks({ api: apis[0].url, posted: load.posted, simulator, postbox });
    return {
      ...books,
      acknowledged: load.posted.length,
      refused: load.refused,
      gapMs: Math.round(load.longestGapMs(struckAt)),
    };
  } finally {
    await undoAll();
  }
}

function environmentOf({ submit, intake }: Setting): Record<string, string> {
  return {
    // Longer than the servers need to choose a new primary.
    SUBMIT_TIMEOUT_MS: "10000",
    SHUTDOWN_TIMEOUT_MS: "20000",
    RESCUE_INTERVAL_S: "5",
    MAX_IN_FLIGHT: "100",
    SUBMIT_DURABILITY: submit,
    INTAKE_DURABILITY: intake,
  };
}
