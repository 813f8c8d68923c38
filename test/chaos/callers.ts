/** The callers: each posts its job, perhaps several times at once, reads it, changes its mind, and buys again. */
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";

import type { Answer, Ask } from "./ask.ts";
import type { Fleet } from "./fleet.ts";
import { type Journal, noteAccepted } from "./journal.ts";
import type { JobPlan, Reading } from "./plan.ts";
import { acme, type Tenant, umbra } from "../e2e/support/caller.ts";
import { calmReceiver, queryOf } from "./troubles.ts";
import { ended, WireJob } from "./wire.ts";

export type CallerDeps = {
  ask: Ask;
  fleet: Fleet;
  journal: Journal;
  receiverUrl: string;
  /** Whose turn it is to post. */
  postTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Nobody begins anything new once this is aborted. */
  over: AbortSignal;
};

const LOOKS_EVERY_MS = 1000;
const READS_FOR_S = 5;
const LEAVES_AFTER_MS = 400;

export const tenants: readonly Tenant[] = [acme, umbra];
export const tenantOf = (plan: { tenant: 0 | 1 }): Tenant => (plan.tenant === 0 ? acme : umbra);

/** Does all that the plan has this job's caller do. */
export async function playCaller(deps: CallerDeps, plan: JobPlan): Promise<void> {
  const id = await deps.postTurn(() => postJob(deps, plan));
  if (id === null) return;
  await Promise.all([read(deps, plan, id), changeMind(deps, plan, id), goOn(deps, plan, id)]);
}

async function postJob({ ask, journal, receiverUrl }: CallerDeps, plan: JobPlan): Promise<string | null> {
  const key = `post-${plan.n}`;
  const question = {
    method: "POST",
    path: "/v1/jobs",
    key: tenantOf(plan).key,
    body: bodyOf(plan, receiverUrl),
    idempotencyKey: key,
    hangsUpMs: plan.hangsUpMs,
  } as const;
  const answers = await Promise.all(Array.from({ length: plan.posts }, () => ask(question)));
  if (plan.posts > 1) journal.deeds.repeat += 1;
  let first: string | null = null;
  for (const answer of answers) {
    const id = idIn(answer, [200, 202]);
    if (id === null) journal.unanswered.push(`job ${plan.n}: ${told(answer)}`);
    else noteAccepted(journal, { id, n: plan.n, key, retryOf: null, at: Date.now() });
    first ??= id;
  }
  return first;
}

function bodyOf(plan: JobPlan, receiverUrl: string): object {
  const { n, trouble, genMs, receiver, onUnconfirmed } = plan;
  const timeout = trouble.timeoutS === undefined ? {} : { timeout_s: trouble.timeoutS };
  return {
    input: { prompt: `[[job:${n}]] [[sim:gen=${genMs}]] ${trouble.orders}` },
    webhook: { url: `${originOf(plan, receiverUrl)}/${n}?${queryOf(receiver)}` },
    reference: String(n),
    on_unconfirmed: onUnconfirmed,
    ...timeout,
  };
}

/** A receiver in trouble has a host of its own: the others' events wait where too many in a row have failed. */
function originOf({ n, receiver }: JobPlan, receiverUrl: string): string {
  if (receiver === calmReceiver) return receiverUrl;
  return `http://receiver-${n}.localhost:${new URL(receiverUrl).port}`;
}

async function changeMind({ ask, journal, over }: CallerDeps, plan: JobPlan, id: string): Promise<void> {
  if (plan.cancelMs === null) return;
  await pause(plan.cancelMs, over);
  const answer = await ask({
    method: "POST",
    path: `/v1/jobs/${id}/cancel`,
    key: tenantOf(plan).key,
    idempotencyKey: `cancel-${plan.n}`,
  });
  if (answer?.status === 200) journal.deeds.cancel += 1;
}

/** What the caller does once the job has ended. */
async function goOn(deps: CallerDeps, plan: JobPlan, id: string): Promise<void> {
  if (!plan.retries && !plan.erases) return;
  const job = await untilEnded(deps, plan, id);
  if (job === null) return;
  if (plan.retries && job.status !== "succeeded") await retry(deps, plan, id);
  if (plan.erases) await erase(deps, plan, id);
}

async function retry({ ask, journal }: CallerDeps, plan: JobPlan, id: string): Promise<void> {
  const key = `retry-${plan.n}`;
  const path = `/v1/jobs/${id}/retry`;
  const answer = await ask({ method: "POST", path, key: tenantOf(plan).key, idempotencyKey: key });
  const again = idIn(answer, [200, 202]);
  if (again !== null) {
    noteAccepted(journal, { id: again, n: plan.n, key, retryOf: id, at: Date.now() });
    journal.deeds.retry += 1;
  } else if (answer?.status !== 409) journal.unanswered.push(`retry of job ${plan.n}: ${told(answer)}`);
}

async function erase({ ask, journal }: CallerDeps, plan: JobPlan, id: string): Promise<void> {
  const answer = await ask({ method: "DELETE", path: `/v1/jobs/${id}`, key: tenantOf(plan).key });
  if (answer?.status !== 204) return void journal.unanswered.push(`erasure of ${id}: ${told(answer)}`);
  journal.erased.add(id);
  journal.deeds.erase += 1;
}

async function untilEnded({ ask, over }: CallerDeps, plan: JobPlan, id: string): Promise<WireJob | null> {
  for (;;) {
    await pause(LOOKS_EVERY_MS, over);
    if (over.aborted) return null;
    const answer = await ask({ method: "GET", path: `/v1/jobs/${id}`, key: tenantOf(plan).key });
    if (answer?.status !== 200) continue;
    const job = WireJob.parse(answer.body);
    if (ended.has(job.status)) return job;
  }
}

/** Readers come and go, and nothing is owed to them but not to be harmed by them. */
async function read({ fleet, journal }: CallerDeps, plan: JobPlan, id: string): Promise<void> {
  const url = fleet.apis[plan.n % fleet.apis.length]?.program?.url;
  if (plan.reads === null || url === undefined) return;
  journal.deeds.read += 1;
  await readOnce(`${url}/v1/jobs/${id}`, tenantOf(plan).key, plan.reads).catch(() => undefined);
}

async function readOnce(url: string, key: string, how: Reading): Promise<void> {
  const isStream = how !== "wait";
  const answer = await request(isStream ? url : `${url}?wait=${READS_FOR_S}`, {
    headers: { authorization: `Bearer ${key}`, ...(isStream ? { accept: "text/event-stream" } : {}) },
    signal: AbortSignal.timeout(how === "stream-left" ? LEAVES_AFTER_MS : READS_FOR_S * 1000 + 2000),
  });
  await answer.body.text();
}

function idIn(answer: Answer | null, statuses: number[]): string | null {
  return answer && statuses.includes(answer.status) ? WireJob.parse(answer.body).id : null;
}

const told = (answer: Answer | null): string =>
  answer ? `${answer.status} ${JSON.stringify(answer.body)}` : "no API gave an answer";

async function pause(ms: number, over: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: over }).catch(() => undefined);
}
