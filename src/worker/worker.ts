/** The worker, put together: connections, the stages, rescue, the health server. It closes in reverse order. */
import type { WorkerConfig } from "../shared/config.ts";
import { listenOrFault } from "../shared/lifecycle.ts";
import { within } from "../shared/within.ts";
import type { Logger } from "../shared/logger.ts";
import { keepContact } from "../shared/store/contact.ts";
import type { Judge } from "../shared/store/contact.ts";
import { checkDurability } from "../shared/store/durability.ts";
import { createMetrics } from "../shared/metrics/metrics.ts";
import { openLedger } from "../shared/store/ledger.ts";
import { readOverview } from "../shared/store/overview.ts";
import { connectRedis } from "../shared/store/redis.ts";
import { requireSealKeys } from "../shared/store/seal-proof.ts";
import { sealerOf } from "../shared/webhook/seal.ts";
import { createBackground } from "./background.ts";
import { startCrew } from "./crew.ts";
import { buildHealth } from "./health.ts";
import { createLender } from "./lender.ts";
import { startRescue } from "./rescue.ts";
import { startStage } from "./stages.ts";
import type { Loop } from "./stages.ts";
import { buildSteps } from "./steps.ts";
import { watchOver } from "./watch-over.ts";
import { createWitness, startBeating } from "./witness.ts";

/** BullMQ may wait for ever for a Redis that is away; with no work of ours under way it gets this long. */
const CLOSE_LOOPS_MS = 5000;
const CLOSE_CLIENTS_MS = 2000;
/** Of a graceful shutdown's time, what is kept back for closing connections. */
const CLOSE_RESERVE_MS = 8000;

export type RunningWorker = { url: string; close: () => Promise<void> };

/** Starts listening at once; the stages begin when Redis has been reached and meets the requirements. */
export async function startWorker(config: WorkerConfig, log: Logger): Promise<RunningWorker> {
  const redis = connectRedis(config.REDIS_URL, "worker", log);
  const connections = createLender(() => connectRedis(config.REDIS_URL, "lent", log));
  const ledger = openLedger(redis, config, log);
  const life = watchOver(redis);
  const background = createBackground(log);
  const restoreGapMs = config.RESTORE_GAP_S * 1000;
  const witness = createWitness({ redis, keys: ledger.keys, restoreGapMs, log });
  const judgeDurability = checkDurability("SUBMIT_DURABILITY", config.SUBMIT_DURABILITY, log);
  const judge: Judge = async (found, isFirst) => {
    judgeDurability(found);
    // Later on a delivery that does not open alarms, and nothing else has to wait for it.
    if (isFirst) await requireSealKeys(redis, ledger.keys, sealerOf(config.ENCRYPTION_KEY));
    await witness.look();
  };
  const contact = keepContact({ redis, log, judge, key: ledger.keys.proof });
  const isReady = async () => contact.offered() !== null && (await life.isAnswering());
  const writeMetrics = createMetrics({
    process: "worker",
    log,
    readOverview: () => readOverview(ledger),
    slotsLimit: config.MAX_IN_FLIGHT,
  });
  const { heartbeat } = life;
  const health = buildHealth({ heartbeat, isReady, writeMetrics, adminKey: config.ADMIN_KEY });
  const address = { host: config.WORKER_HOST, port: config.WORKER_PORT };
  const url = await listenOrFault("WORKER_HOST and WORKER_PORT", () => health.listen(address));
  log.tell("worker.listening", { url });

  const work = buildSteps(config, { ledger, connections, contact, witness, background, log });
  const loops: Loop[] = [];
  const startLoops = () => {
    const { keys, motor } = ledger;
    const { hurry, setAside } = work;
    const deps = { connection: redis, prefix: keys.queues, motor, heartbeat, hurry, setAside, log };
    loops.push(
      startStage(deps, "submit", work.submit, config.SUBMIT_TIMEOUT_MS),
      startStage(deps, "poll", work.poll, config.POLL_TIMEOUT_MS),
      startStage(deps, "deliver", work.deliver, config.WEBHOOK_TIMEOUT_MS),
      startRescue(work.rescue, config.RESCUE_INTERVAL_S * 1000, heartbeat),
      startBeating(witness),
      startCrew({ ...ledger, doorman: work.doorman, log }, heartbeat),
    );
    log.tell("worker.started", {});
  };
  let closing = false;
  void contact.made.then(() => closing || startLoops());

  /** Work under way ends; a paid request whose answer is late is listened for as long as the time allows. */
  async function close(): Promise<void> {
    closing = true;
    contact.stop();
    life.stop();
    const ended = await within(config.SHUTDOWN_TIMEOUT_MS - CLOSE_RESERVE_MS, endWork());
    if (!ended) log.tell("worker.cut_short", {});
    await within(CLOSE_CLIENTS_MS, Promise.all([work.close(), health.close(), witness.leave()]));
    await Promise.all([ledger.close(), connections.close()]);
  }

  async function endWork(): Promise<void> {
    await closeLoops(loops);
    await background.drain();
  }

  return { url, close };
}

async function closeLoops(loops: Loop[]): Promise<void> {
  const closed = Promise.all(loops.map((loop) => loop.close()));
  const idle = Promise.all(loops.map((loop) => loop.idle()));
  await Promise.race([closed, idle.then(() => within(CLOSE_LOOPS_MS, closed))]);
}
