/** All that a run needs: a Redis of its own, Novita's stand-in, a receiver, and the product's processes. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { buildReceiver } from "../../src/simulator/receiver.ts";
import { buildSimulator, type Simulator } from "../../src/simulator/simulator.ts";
import { startRedis } from "../../tools/redis.ts";
import type { OnEnd } from "../e2e/support/on-end.ts";
import { secretOf } from "../e2e/support/caller.ts";
import { type Ask, type CallerCounts, createAsk } from "./ask.ts";
import { tenantOf } from "./callers.ts";
import { makeEndpoints } from "./endpoints.ts";
import type { Evidence } from "./evidence.ts";
import type { PresentRedis } from "./faults.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type Address, type Addressee, type Inbox, openInbox } from "./inbox.ts";
import { watchLag } from "./lag.ts";
import { type Journal, openJournal } from "./journal.ts";
import type { Plan } from "./plan.ts";

/** What the product is configured to keep to. */
export const CAP = { maxInFlight: 30, slotTtlMs: 15_000, submitTimeoutMs: 3000 };
export const ADMIN_KEY = "key-of-the-operator-for-the-chaos-run";
export const PREFIX = "chaos";

const environment: Record<string, string> = {
  ADMIN_KEY,
  MAX_IN_FLIGHT: String(CAP.maxInFlight),
  SLOT_TTL_S: String(CAP.slotTtlMs / 1000),
  SUBMIT_TIMEOUT_MS: String(CAP.submitTimeoutMs),
  TASK_LOST_GRACE_S: "1",
  RECOVERY_POLL_MS: "1000",
  RESCUE_INTERVAL_S: "2",
  SHUTDOWN_TIMEOUT_MS: "20000",
};

export type Stage = {
  fleet: Fleet;
  server: PresentRedis;
  simulator: Simulator;
  receiverUrl: string;
  inbox: Inbox;
  journal: Journal;
  ask: Ask;
  counts: CallerCounts;
  lags: Evidence["troubled"];
};

export async function openStage(plan: Plan, onEnd: OnEnd): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), "onetake-chaos-"));
  onEnd(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  const server = await openRedis(join(dir, "redis"), plan, onEnd);
  const simulator = buildSimulator({ seed: plan.seed });
  const receiver = buildReceiver();
  onEnd(async () => void (await Promise.all([simulator.close(), receiver.close()])));
  const [novitaUrl, receiverUrl] = await Promise.all([simulator.listen(), receiver.listen()]);
  const fleet = await startFleet(
    {
      apis: 2,
      workers: 3,
      redisPort: server.redis.port,
      novitaPort: Number(new URL(novitaUrl).port),
      prefix: PREFIX,
      dir,
      environment,
    },
    onEnd,
  );
  const counts: CallerCounts = { repeated: 0, hungUp: 0, refused: 0 };
  const ask = createAsk(fleet, counts);
  const secrets = await makeEndpoints(ask, receiverUrl, plan.endpoints);
  const inbox = openInbox(receiver, (address) => addresseeAt(plan, secrets, address));
  return {
    fleet,
    server,
    simulator,
    receiverUrl,
    inbox,
    journal: openJournal(),
    ask,
    counts,
    lags: watchLag(onEnd),
  };
}

function addresseeAt(
  { work, endpoints }: Plan,
  secrets: ReadonlyMap<number, string>,
  { n, isEndpoint }: Address,
): Addressee | undefined {
  const plan = isEndpoint ? endpoints[n - 1] : work[n - 1];
  const secret = isEndpoint ? secrets.get(n) : plan && secretOf(tenantOf(plan).name);
  return plan && secret !== undefined ? { secret, receiver: plan.receiver } : undefined;
}

async function openRedis(dir: string, { appendfsync }: Plan, onEnd: OnEnd): Promise<PresentRedis> {
  const options = { dir, appendonly: true, appendfsync };
  const server: PresentRedis = {
    redis: await startRedis(options),
    restart: async () => (server.redis = await startRedis({ ...options, port: server.redis.port })),
  };
  onEnd(() => server.redis.stop());
  return server;
}
