// Events in a tenant's feed, and what its readers get of them.
import { expect } from "vitest";
import { z } from "zod";
import { settleJob } from "../../src/shared/settle.ts";
import { raiseEvent } from "../../src/shared/store/outgoing.ts";
import type { Policy } from "../../src/shared/store/policy.ts";
import { newEvent } from "../../src/shared/webhook/event.ts";
import type { Event } from "../../src/shared/webhook/event.ts";
import type { Call, TestApi } from "./api.ts";
import { newJob } from "./job.ts";

const FeedEvent = z.looseObject({
  type: z.string(),
  id: z.string(),
  timestamp: z.string(),
  data: z.looseObject({}),
});
const FeedPage = z.strictObject({ data: z.array(FeedEvent), next: z.string(), has_more: z.boolean() });
export type FeedPage = z.infer<typeof FeedPage>;

/** `more`: what the event says beside its number. */
type What = { tenant?: string; type?: Event["type"]; retentionS?: number; more?: object };

/** Raises so many events that are about no job, and returns their ids in order. */
export async function raiseEvents(
  { ledger: { redis, keys, jobs } }: Pick<TestApi, "ledger">,
  count: number,
  { tenant = "acme", type = "endpoint.disabled", retentionS = 2_592_000, more = {} }: What = {},
): Promise<string[]> {
  const now = await jobs.readClock();
  const events = Array.from({ length: count }, (_, n) => newEvent(type, tenant, { n, ...more }, now));
  const pipeline = redis.pipeline();
  const policy: Policy = { ...anyPolicy, retentionMs: retentionS * 1000 };
  for (const event of events)
    for (const [name, ...words] of raiseEvent(keys, policy, event, [], now).commands)
      pipeline.call(name, ...words);
  for (const [error] of (await pipeline.exec()) ?? []) expect(error).toBeNull();
  return events.map(({ id }) => id);
}

const anyPolicy: Policy = {
  publicUrl: null,
  submitTimeoutMs: 1,
  deliveryTimeoutMs: 1,
  retentionMs: 1,
  dailyBudget: null,
  memoryPercent: null,
  maxQueued: null,
};

/** Makes a job and cancels it, as a ledger does, and returns its id. */
export async function endJob(
  { ledger: { jobs } }: Pick<TestApi, "ledger">,
  tenant = "acme",
): Promise<string> {
  const job = newJob(await jobs.readClock(), { tenant });
  await jobs.createJob({ transition: null, job, fact: { kind: "queued" }, event: null });
  await jobs.changeJob(job.id, (before, now) => settleJob(before, { as: "canceled" }, now));
  return job.id;
}

/** The ids of all events of a tenant, in the order in which they were raised. */
export async function feedOf(
  { ledger: { redis, keys } }: Pick<TestApi, "ledger">,
  tenant = "acme",
): Promise<string[]> {
  const lines = await redis.xrange(keys.feed(tenant), "-", "+");
  return lines.map(([, words]) => words[words.indexOf("event") + 1] ?? "");
}

/** An answer of the feed, which must be one. `query`: such as `limit=3&type=job.*`. */
export async function readPage(
  api: Pick<TestApi, "call">,
  query = "",
  options: Call = {},
): Promise<FeedPage> {
  const answer = await api.call("GET", `/v1/events?${query}`, options);
  expect(answer).toMatchObject({ status: 200 });
  return FeedPage.parse(answer.json);
}

export const idsOf = ({ data }: FeedPage): string[] => data.map(({ id }) => id);

/** Reads on until there is no more, and returns the ids, and where it ended. */
export async function readOn(
  api: Pick<TestApi, "call">,
  query: string,
  after: string | null = null,
): Promise<{ ids: string[]; next: string }> {
  const ids: string[] = [];
  let page: FeedPage;
  let next = after;
  do {
    page = await readPage(api, next === null ? query : `${query}&after=${next}`);
    ids.push(...idsOf(page));
    next = page.next;
  } while (page.has_more);
  return { ids, next };
}
