/** Collects the evidence once the dust has settled. */
import { Redis } from "ioredis";

import { Job } from "../../src/shared/job.ts";
import { endsAt, type Task } from "../../src/simulator/tasks.ts";
import type { Ledger } from "../../src/simulator/ledger.ts";
import { createTurns } from "../e2e/support/turns.ts";
import type { Ask } from "./ask.ts";
import { tenantOf } from "./callers.ts";
import type { JobEvidence, Leftovers, Sale } from "./evidence.ts";
import type { Fleet, Place } from "./fleet.ts";
import type { Accepted, Journal } from "./journal.ts";
import type { JobPlan } from "./plan.ts";
import { History, WireJob } from "./wire.ts";

const AT_ONCE = 16;

export async function gatherJobs(
  ask: Ask,
  journal: Journal,
  work: readonly JobPlan[],
): Promise<JobEvidence[]> {
  const turn = createTurns(AT_ONCE);
  return Promise.all(
    journal.accepted.map((one) => turn(() => gatherJob(ask, journal, one, planOf(work, one.n)))),
  );
}

async function gatherJob(
  ask: Ask,
  journal: Journal,
  accepted: Accepted,
  plan: JobPlan,
): Promise<JobEvidence> {
  const { id, n, retryOf } = accepted;
  const { name: tenant, key } = tenantOf(plan);
  const path = `/v1/jobs/${id}`;
  const [job, history] = await Promise.all([
    ask({ method: "GET", path, key }),
    ask({ method: "GET", path: `${path}/events`, key }),
  ]);
  return {
    id,
    n,
    tenant,
    retryOf,
    onUnconfirmed: plan.onUnconfirmed,
    decision: plan.decision,
    resubmitted: journal.resubmitted.get(id)?.size ?? 0,
    attached: [...journal.attached.values()].filter((jobId) => jobId === id).length,
    isErased: journal.erased.has(id),
    isRestless: plan.trouble.isRestless ?? false,
    found: job?.status === 200 ? WireJob.parse(job.body) : null,
    history: history?.status === 200 ? History.parse(history.body).data : [],
  };
}

function planOf(work: readonly JobPlan[], n: number): JobPlan {
  const plan = work[n - 1];
  if (!plan) throw new Error(`there is no job ${n} in the plan`);
  return plan;
}

export const gatherSales = (ledger: Ledger, { places }: Fleet): Sale[] =>
  ledger.tasks.map((task) => toSale(task, places));

const toSale = (task: Task, places: readonly Place[]): Sale => ({
  taskId: task.id,
  n: Number(task.job),
  acceptedAt: task.acceptedAt,
  endsAt: endsAt(task),
  answered: answerOf(task.id, places),
});

function answerOf(taskId: string, places: readonly Place[]): Sale["answered"] {
  const place = places.find(({ answers }) => answers.has(taskId));
  const at = place?.answers.get(taskId);
  return place && at !== undefined ? { to: place.name, at } : null;
}

/** `stopped`: whether the product's processes are gone, so that nothing may be connected any more. */
export async function gatherLeftovers(
  url: string,
  prefix: string,
  ledger: Ledger,
  { stopped }: { stopped: boolean },
): Promise<Leftovers> {
  const redis = new Redis(url, { connectionName: "chaos-auditor" });
  // Errors come to whoever asks.
  redis.on("error", () => undefined);
  try {
    const tag = `{${prefix}}`;
    return {
      slots: await leftSlots(redis, tag, ledger),
      due: await redis.zrange(`${tag}:due`, "0", "-1"),
      entries: await leftEntries(redis, tag),
      orphanKeys: await orphanKeys(redis, tag),
      connections: stopped ? await strangers(redis) : [],
      channels: stopped ? await listenedTo(redis) : [],
    };
  } finally {
    redis.disconnect();
  }
}

/** The slot of an attempt whose task was seen to end is leaked; that of one that nobody knows the end of is not. */
async function leftSlots(redis: Redis, tag: string, ledger: Ledger): Promise<Leftovers["slots"]> {
  const live = await redis.zrangebyscore(`${tag}:slots`, Date.now(), "+inf");
  if (live.length === 0) return [];
  const holders = new Map<string, { jobId: string; isOver: boolean }>();
  for (const jobId of await redis.zrange(`${tag}:jobs:*`, "0", "-1")) {
    const [state, request] = await redis.hmget(`${tag}:job:${jobId}`, "state", "request");
    const job = readRecord(state ?? null, request ?? null);
    for (const { id, n, state: known } of job?.attempts ?? []) {
      const tasks = job?.tasks.filter(({ attempt }) => attempt === n) ?? [];
      const isOver = known === "refused" || tasks.some((task) => !task.watched && hasEnded(ledger, task.id));
      holders.set(id, { jobId, isOver });
    }
  }
  return live.map((attempt) => {
    const holder = holders.get(attempt);
    return { attempt, jobId: holder?.jobId ?? null, isOver: holder?.isOver ?? true };
  });
}

function hasEnded(ledger: Ledger, taskId: string): boolean {
  const task = ledger.find(taskId);
  return task !== undefined && Date.now() >= endsAt(task);
}

function readRecord(state: string | null, request: string | null): Pick<Job, "attempts" | "tasks"> | null {
  if (state === null || request === null) return null;
  const parts = Job.pick({ attempts: true, tasks: true });
  const read = parts.loose().safeParse(JSON.parse(state));
  return read.success ? read.data : null;
}

async function leftEntries(redis: Redis, tag: string): Promise<Leftovers["entries"]> {
  const entries: Leftovers["entries"] = [];
  for (const queue of ["submit", "poll", "deliver"]) {
    for (const list of ["active", "wait", "paused"]) {
      const ids = await redis.lrange(`${tag}:${queue}:${list}`, 0, -1);
      entries.push(...ids.map((id) => ({ list: `${queue}:${list}`, id })));
    }
    for (const list of ["delayed", "prioritized"]) {
      const ids = await redis.zrange(`${tag}:${queue}:${list}`, "0", "-1");
      entries.push(...ids.map((id) => ({ list: `${queue}:${list}`, id })));
    }
  }
  const given = await Promise.all(entries.map((entry) => isGivenUp(redis, tag, entry)));
  // BullMQ's own mark in a list that it is to wake somebody by.
  return entries.filter(({ id }, index) => !id.startsWith("0:") && given[index] === false);
}

/**
 * A delivery that is erased before its next attempt leaves its entry asleep, which wakes for nothing: perhaps minutes later, as
 * a clock that was set forward has told it.
 */
async function isGivenUp(
  redis: Redis,
  tag: string,
  { list, id }: Leftovers["entries"][number],
): Promise<boolean> {
  if (list !== "deliver:delayed") return false;
  return (await redis.hget(`${tag}:delivery:${id.replace(/-\d+$/, "")}`, "status")) === "aborted";
}

async function orphanKeys(redis: Redis, tag: string): Promise<string[]> {
  const orphans: string[] = [];
  const stream = redis.scanStream({ match: `${tag}:idempotency:*`, count: 1000 });
  for await (const keys of stream) {
    for (const key of Array.isArray(keys) ? keys.map(String) : []) {
      const jobId = /job_\w+/.exec((await redis.get(key)) ?? "")?.[0];
      if (jobId !== undefined && (await redis.exists(`${tag}:job:${jobId}`)) === 0) orphans.push(key);
    }
  }
  return orphans;
}

async function strangers(redis: Redis): Promise<string[]> {
  const clients = String(await redis.client("LIST"));
  return clients.split("\n").filter((line) => line !== "" && !line.includes("name=chaos-"));
}

const listenedTo = async (redis: Redis): Promise<string[]> => (await redis.pubsub("CHANNELS")).map(String);
