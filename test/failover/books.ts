// What is left when all is over: what callers were promised, beside what Novita sold and what the receiver was told.
import { request } from "undici";
import { z } from "zod";
import type { Simulator } from "../../src/simulator/simulator.ts";
import { acme } from "../e2e/support/caller.ts";
import type { Postbox } from "../e2e/support/postbox.ts";
import { createTurns } from "../e2e/support/turns.ts";
import { eventually } from "../support/eventually.ts";
import type { Posted } from "./load.ts";

/** What was lost by a failover may be found out by rescue only, and by attempts that time out. */
const SETTLED_WITHIN_MS = 60_000;
const READS_AT_ONCE = 8;
const ANSWER_WITHIN_MS = 10_000;

const Job = z.looseObject({ status: z.string(), tasks: z.array(z.string()) });
type Job = z.infer<typeof Job>;

export type Books = {
  /** Jobs answered with 202 (or 200) that are not there any more. */
  absent: number;
  /** Jobs for which Novita sold more than one task. */
  paidTwice: number;
  /** Tasks that Novita sold and that no job knows of. */
  unknownTasks: number;
  /** Jobs that have ended, or are unconfirmed, and whose event never came; or came under two ids. */
  untold: number;
  unconfirmed: number;
  /** Jobs that ended otherwise than by their video. */
  notSucceeded: number;
  /** Jobs that never came to rest. */
  unfinished: number;
};

type Sources = { api: string; posted: readonly Posted[]; simulator: Simulator; postbox: Postbox };

/** Waits until every job that is there has come to rest and has told so, and counts. */
export async function closeBooks({ api, posted, simulator, postbox }: Sources): Promise<Books> {
  const jobs = await readAtRest(api, posted);
  const found = posted.flatMap(({ mark, id }) => {
    const job = jobs.get(id);
    return job ? [{ mark, job }] : [];
  });
  const untold = () => found.filter(({ mark, job }) => isAtRest(job) && !isTold(postbox, mark, job));
  await eventually(() => {
    if (untold().length > 0) throw new Error("events are missing");
  }, SETTLED_WITHIN_MS).catch(() => undefined);
  const known = new Set(found.flatMap(({ job }) => job.tasks));
  const { tasks } = simulator.ledger;
  const sold = Map.groupBy(tasks, ({ job }) => job);
  const statuses = found.map(({ job }) => job.status);
  return {
    absent: posted.length - found.length,
    paidTwice: [...sold.values()].filter((each) => each.length > 1).length,
    unknownTasks: tasks.filter(({ id }) => !known.has(id)).length,
    untold: untold().length,
    unconfirmed: statuses.filter((status) => status === "unconfirmed").length,
    notSucceeded: statuses.filter((status) => ["failed", "expired", "canceled"].includes(status)).length,
    unfinished: found.filter(({ job }) => !isAtRest(job)).length,
  };
}

/** By id; those that are absent are left out, and those that never came to rest are as they were last. */
async function readAtRest(api: string, posted: readonly Posted[]): Promise<Map<string, Job>> {
  const jobs = new Map<string, Job>();
  const waiting = new Set(posted.map(({ id }) => id));
  const look = async (id: string) => {
    const job = await readIfThere(api, id);
    if (job === null) jobs.delete(id);
    else jobs.set(id, job);
    if (job === null || isAtRest(job)) waiting.delete(id);
  };
  await eventually(async () => {
    const inTurn = createTurns(READS_AT_ONCE);
    await Promise.all([...waiting].map((id) => inTurn(() => look(id))));
    if (waiting.size > 0) throw new Error(`${waiting.size} jobs are not at rest`);
  }, SETTLED_WITHIN_MS).catch(() => undefined);
  return jobs;
}

async function readIfThere(api: string, id: string): Promise<Job | null> {
  const headers = { authorization: `Bearer ${acme.key}` };
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const { statusCode, body } = await request(`${api}/v1/jobs/${id}`, { headers, signal });
  const text = await body.text();
  if (statusCode === 404) return null;
  if (statusCode !== 200) throw new Error(`GET answered ${statusCode}: ${text}`);
  return Job.parse(JSON.parse(text));
}

const AT_REST = new Set(["succeeded", "failed", "canceled", "expired", "unconfirmed"]);
const isAtRest = ({ status }: Job): boolean => AT_REST.has(status);

function isTold(postbox: Postbox, mark: string, { status }: Job): boolean {
  const told = postbox.newsAt(`/${mark}`).get(`job.${status}`);
  return told !== undefined && told.bodies.size === told.ids.size;
}
