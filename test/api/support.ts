// What the tests of several routes share: bodies, states to start from, and looks behind the answers.
import { expect } from "vitest";
import { z } from "zod";
import { jobError } from "../../src/shared/change.ts";
import { settleJob } from "../../src/shared/settle.ts";
import type { Decision } from "../../src/shared/store/jobs.ts";
import { beginAttempt, recordOutcome } from "../../src/worker/attempt.ts";
import { recordLook } from "../../src/worker/look.ts";
import { ADMIN } from "../support/api.ts";
import type { Answer, Call, TestApi } from "../support/api.ts";
import { dumpKeys } from "../support/ledger.ts";

export const smallBody = { input: { prompt: "a lighthouse at dawn" } };

const ULID = "[0-9A-HJKMNP-TV-Z]{26}";
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
export const anyIso = expect.stringMatching(ISO);
export const anyJobId = expect.stringMatching(new RegExp(`^job_${ULID}$`));

/** Accepts a job and returns its id. */
export async function makeJob(api: TestApi, body: object = smallBody, headers = {}): Promise<string> {
  const answer = await api.post(body, { headers });
  expect(answer.status).toBe(202);
  return String(answer.json["id"]);
}

const submitPolicy = { pollFirstMs: 10_000, recoveryMs: 86_400_000, holdMs: 604_800_000 };
const lookPolicy = { baseMs: 1, maxMs: 1, recoveryMs: 1, lostGraceMs: 1 };
const upstream = { status: 400, reason: "INVALID_REQUEST_BODY" };
const ATTEMPT = "att_1";

const begin: Decision = (job, now) => beginAttempt(job, ATTEMPT, now);
const outcome =
  (said: Parameters<typeof recordOutcome>[2]): Decision =>
  (job, now) =>
    recordOutcome(job, ATTEMPT, said, now, submitPolicy);
const accepted = outcome({ kind: "accepted", taskId: "task-1" });
const unknown = outcome({ kind: "unknown", message: "the socket closed", upstream: null });
const refused = outcome({ kind: "refused", code: "invalid_input", message: "no", upstream });
const video = { url: "https://files.example.com/v.mp4?sig=1", type: "mp4", expiresAt: 1_800_000_000_000 };
const succeeded: Decision = (job, now) =>
  recordLook(job, "task-1", { kind: "succeeded", video }, now, lookPolicy, {
    looksWorkElsewhere: true,
    random: 0,
  });
const canceled: Decision = (job, now) => settleJob(job, { as: "canceled" }, now);
const expired: Decision = (job, now) =>
  settleJob(job, { as: "expired", error: jobError("start_timeout", "submit") }, now);

/** The decisions, the worker's own, that lead from queued to each status. */
const roads = {
  queued: [],
  submitting: [begin],
  unconfirmed: [begin, unknown],
  processing: [begin, accepted],
  succeeded: [begin, accepted, succeeded],
  failed: [begin, refused],
  canceled: [canceled],
  expired: [expired],
} satisfies Record<string, Decision[]>;

export type Status = keyof typeof roads;

/** Accepts a job and takes it to a status, as the worker would. */
export async function makeJobIn(api: TestApi, status: Status, body: object = smallBody): Promise<string> {
  const id = await makeJob(api, body);
  await takeTo(api, id, status);
  return id;
}

/** Takes a queued job to a status, as the worker would. */
export async function takeTo(api: TestApi, id: string, status: Status): Promise<void> {
  for (const decide of roads[status]) await api.ledger.jobs.changeJob(id, decide);
  expect(await statusOf(api, id)).toBe(status);
}

export async function recordOf(api: TestApi, id: string) {
  const found = await api.ledger.jobs.readJob(id);
  if (!found) throw new Error(`There is no record of ${id}.`);
  return found.record;
}

export const statusOf = async (api: TestApi, id: string): Promise<string> => (await recordOf(api, id)).status;

/** What the ledger and the motor hold under the API's prefix. */
export async function holdings(api: TestApi) {
  const { redis, keys, motor } = api.ledger;
  const found = await redis.keys(`{${api.prefix}}:*`);
  const records = found.filter((key) => /:job:job_[^:]+$/.test(key));
  return {
    jobs: records.map((key) => key.slice(keys.job("").length)).sort(),
    idempotencyKeys: found.filter((key) => key.startsWith(keys.idempotency("", "").slice(0, -1))).length,
    events: found.filter((key) => key.startsWith(keys.event(""))).length,
    submits: await motor.queues.submit.getJobCountByTypes("waiting", "delayed", "prioritized", "active"),
    polls: await motor.queues.poll.getJobCountByTypes("waiting", "delayed", "prioritized", "active"),
    deliveries: await motor.queues.deliver.getJobCountByTypes("waiting", "delayed", "prioritized", "active"),
  };
}

/** Every key under the API's prefix with all that it holds, but for the count of requests. */
export async function everyKey(api: TestApi): Promise<[string, string[]][]> {
  return [...(await dumpKeys(api.ledger))].filter(([name]) => !name.startsWith("rate:"));
}

/** Micro-dollars that the tenant has spent or reserved, of all days: a test may run over midnight. */
export async function spentBy({ ledger: { redis, keys } }: TestApi, tenant = "acme"): Promise<number> {
  const days = await redis.keys(`${keys.queues}:spent:${tenant}:*`);
  const sums = await Promise.all(days.map((key) => redis.get(key)));
  return sums.reduce((sum, each) => sum + Number(each), 0);
}

/** Nothing was accepted: no record, no binding, no queue entry. */
export const nothing = { jobs: [], idempotencyKeys: 0, events: 0, submits: 0, polls: 0, deliveries: 0 };

type Fault = { pointer: string; detail?: string };

/** The faults that a 422 lists. */
export function faultsOf(answer: Answer): Fault[] {
  expect(answer).toBeProblem(422, "invalid");
  const faults = answer.json["errors"];
  return Array.isArray(faults) ? faults : [];
}

/** The places that a 422 complains about, in order of their names. */
export const pointersOf = (answer: Answer): string[] =>
  faultsOf(answer)
    .map(({ pointer }) => pointer)
    .sort();

/** A call with the operator's key. */
export const asOperator = (
  api: TestApi,
  method: "GET" | "POST",
  path: string,
  options: Call = {},
): Promise<Answer> => api.call(method, path, { key: ADMIN, ...options });

const AuditPage = z.strictObject({
  data: z.array(
    z.strictObject({
      id: z.string(),
      at: z.iso.datetime(),
      action: z.string(),
      by: z.string(),
      tenant: z.string().nullable(),
      subject: z.string().nullable(),
      reason: z.string().nullable(),
    }),
  ),
  next: z.string().nullable(),
});

/** A page of the audit log. */
export async function auditPage(api: TestApi, query = "?limit=100"): Promise<z.infer<typeof AuditPage>> {
  return AuditPage.parse((await asOperator(api, "GET", `/v1/admin/audit${query}`)).json);
}

/** How often somebody did this, by the audit log. */
export async function countDeeds(api: TestApi, action: string): Promise<number> {
  return (await auditPage(api)).data.filter((entry) => entry.action === action).length;
}
