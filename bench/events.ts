// Where events come from that nobody had to buy: jobs of several tenants that end. Half of the tenants hear of them at an
// endpoint, half at the addresses that their jobs name; each end is one delivery. The floor gets the same bytes.
import { Queue } from "bullmq";
import { loadWorkerConfig } from "../src/shared/config.ts";
import { newEventId } from "../src/shared/ids.ts";
import type { Job } from "../src/shared/job.ts";
import { createLogger } from "../src/shared/logger.ts";
import { settleJob } from "../src/shared/settle.ts";
import { type Ledger, openLedger } from "../src/shared/store/ledger.ts";
import { connectRedis } from "../src/shared/store/redis.ts";
import { sealSecret } from "../src/shared/webhook/endpoint-seal.ts";
import { makeEvent } from "../src/shared/webhook/event.ts";
import { type Sealer, sealerOf } from "../src/shared/webhook/seal.ts";
import { newSecret } from "../src/shared/webhook/sign.ts";
import { newEndpoint, putEndpoint } from "../test/support/endpoint.ts";
import { HOUR_MS, newJob, newRequest, newTask, processingJob } from "../test/support/job.ts";
import { type FloorEvent, retention } from "./floor/settings.ts";
import type { Side } from "./side.ts";

export type EventSource = {
  /** Raises so many events, all due at once. */
  pileUp(count: number): Promise<void>;
  /** Makes jobs that are about to end. */
  prepare(count: number): Promise<Ending[]>;
  close(): Promise<void>;
};

/** `end` calls `onWrite` in the moment in which the write goes out, and resolves when the queue is told. */
export type Ending = { jobId: string; end: (onWrite: () => void) => Promise<void> };

const TENANTS = 6;
const AT_ONCE = 32;
const VIDEO = { url: "https://cdn.example/video.mp4?signature=0123456789abcdef", type: "mp4" };

export const openEvents = (side: Side, environment: Record<string, string>): Promise<EventSource> =>
  side.name === "ours" ? openOurs(side, environment) : openFloor(side);

async function openOurs(
  { redisUrl, standIn }: Side,
  environment: Record<string, string>,
): Promise<EventSource> {
  const config = loadWorkerConfig({ ...environment, REDIS_URL: redisUrl, NOVITA_BASE_URL: standIn.url });
  const log = createLogger("worker", "silent");
  const ledger = openLedger(connectRedis(config.REDIS_URL, "worker", log), config, log);
  const sealer = sealerOf(config.ENCRYPTION_KEY);
  if (!sealer) throw new Error("The benchmark has no ENCRYPTION_KEY.");
  for (let n = 0; n < TENANTS; n++) {
    if (hearsAtEndpoint(n)) await addEndpoint(ledger, sealer, tenantOf(n), standIn.webhook);
  }

  const pileUp = (count: number) =>
    inTurns(count, async (n) => {
      const job = jobOf(n, await ledger.jobs.readClock(), standIn.webhook);
      const canceled = settleJob(job, { as: "canceled" }, job.createdAt);
      await ledger.jobs.createJob({ ...canceled, transition: null, job: { ...canceled.job, version: 1 } });
    });

  async function prepare(count: number): Promise<Ending[]> {
    const endings: Ending[] = [];
    await inTurns(count, async (n) => {
      const job = jobOf(n, await ledger.jobs.readClock(), standIn.webhook);
      await ledger.jobs.createJob({ transition: null, job, fact: { kind: job.status }, event: null });
      endings.push({ jobId: job.id, end: (onWrite) => endJob(ledger, job, onWrite) });
    });
    return endings;
  }

  return { pileUp, prepare, close: ledger.close };
}

async function endJob({ jobs }: Ledger, { id }: Job, onWrite: () => void): Promise<void> {
  await jobs.changeJob(id, (job, now) => {
    const [task] = job.tasks;
    const video = { ...VIDEO, taskId: task?.id ?? "", expiresAt: now + HOUR_MS };
    const tasks = job.tasks.map((each) => ({ ...each, state: "succeeded", watched: false }) as const);
    onWrite();
    return settleJob(job, { as: "succeeded", video }, now, { tasks });
  });
}

async function addEndpoint(ledger: Ledger, sealer: Sealer, tenant: string, url: string): Promise<void> {
  const { id } = newEndpoint();
  const sealed = sealSecret(sealer, id, newSecret());
  const createdAt = await ledger.jobs.readClock();
  await putEndpoint({ ledger }, { id, url, secrets: [{ sealed, createdAt, until: null }] }, tenant);
}

async function openFloor({ redisUrl, standIn }: Side): Promise<EventSource> {
  const { hostname: host, port } = new URL(redisUrl);
  const deliveries = new Queue<FloorEvent>("deliver", { connection: { host, port: Number(port) } });
  const eventOf = (job: Job): FloorEvent => {
    const { body } = makeEvent("job.succeeded", job, job.createdAt, null);
    return { id: newEventId(), url: standIn.webhook, body };
  };
  const add = (job: Job) => deliveries.add("deliver", eventOf(job), retention);

  const pileUp = (count: number) =>
    inTurns(count, async (n) => {
      await add(jobOf(n, Date.now(), standIn.webhook));
    });

  async function prepare(count: number): Promise<Ending[]> {
    return Array.from({ length: count }, (_, n) => {
      const job = jobOf(n, Date.now(), standIn.webhook);
      const end = async (onWrite: () => void) => {
        onWrite();
        await add(job);
      };
      return { jobId: job.id, end };
    });
  }

  return { pileUp, prepare, close: () => deliveries.close() };
}

const tenantOf = (n: number): string => `tenant-${n % TENANTS}`;
const hearsAtEndpoint = (n: number): boolean => n % 2 === 0;

/** One whose task nobody has to look at soon. */
function jobOf(n: number, now: number, url: string): Job {
  const webhook = hearsAtEndpoint(n) ? null : { url, events: null };
  const request = newRequest({ webhook, reference: "order-42", metadata: { campaign: "7" } });
  const { id } = newJob(now);
  const task = newTask(now, { id: `task-of-${id}`, nextLookAt: now + HOUR_MS });
  return processingJob(now, { id, tenant: tenantOf(n), request, tasks: [task] });
}

/** Some at a time. */
async function inTurns(count: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const walk = async () => {
    for (let n = next++; n < count; n = next++) await work(n);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, walk));
}
