// Endpoints come, go and change while jobs end: whoever was there before an event was raised is in it.
import { expect, test } from "vitest";

import { withDisabled, withEnabled } from "../../../src/shared/endpoint.ts";
import type { Endpoints } from "../../../src/shared/endpoint.ts";
import { settleJob } from "../../../src/shared/settle.ts";
import { readEndpoints } from "../../../src/shared/store/endpoints.ts";
import { commitRecord, stateCommand } from "../../../src/shared/store/record.ts";
import type { Command } from "../../../src/shared/store/scripts.ts";
import { newEndpoint } from "../../support/endpoint.ts";
import { newJob } from "../../support/job.ts";
import { openTestLedger, putJob } from "../../support/ledger.ts";
import type { TestLedger } from "../../support/ledger.ts";

/** The tenant's endpoints as they were from their version on. */
type Past = Map<number, Endpoints>;

/** In the feed, among the events: from here on the endpoints are of this version. */
const MARK = "endpoints of version ";

/** One of the tenant's changes, made again and again while somebody else writes first. */
async function change({ redis, keys }: TestLedger, past: Past, decide: (present: Endpoints) => Endpoints) {
  for (;;) {
    const { record } = await readEndpoints(redis, keys, "acme");
    const after = { ...decide(record), version: record.version + 1 };
    const key = keys.endpoints("acme");
    const guard = { key, version: record.version, sources: [record.status] };
    const mark: Command = ["XADD", keys.feed("acme"), "*", "event", `${MARK}${after.version}`];
    if ((await commitRecord(redis, guard, [stateCommand(key, after), mark])).as !== "written") continue;
    past.set(after.version, after);
    return;
  }
}

/** Adds one, disables, enables or removes another, by turns. */
const decideBy = (n: number) => (present: Endpoints) => {
  const { id = "" } = present.endpoints[n % Math.max(1, present.endpoints.length)] ?? {};
  if (n % 5 === 3) return withDisabled(present, id, "manual", n) ?? present;
  if (n % 5 === 4) return withEnabled(present, id, n) ?? present;
  if (n % 5 === 2) return { ...present, endpoints: present.endpoints.filter((each) => each.id !== id) };
  return { ...present, endpoints: [...present.endpoints, newEndpoint()] };
};

test("50 jobs end while 50 changes are made -> each event goes to exactly the endpoints that there were when it was raised", async () => {
  const ledger = openTestLedger();
  const { redis, keys, jobs, deliveries } = ledger;
  const past: Past = new Map();
  await change(ledger, past, (none) => ({ ...none, endpoints: [newEndpoint(), newEndpoint()] }));
  const ids: string[] = [];
  for (let n = 0; n < 50; n++) ids.push((await putJob(ledger, newJob(await jobs.readClock()))).id);
  const settle = (id: string) => jobs.changeJob(id, (job, now) => settleJob(job, { as: "canceled" }, now));
  // One of each at a time: the change is written between the event's reading of the endpoints and its writing.
  for (const [n, id] of ids.entries()) await Promise.all([settle(id), change(ledger, past, decideBy(n))]);
  const lines = await redis.xrange(keys.feed("acme"), "-", "+");
  expect(lines).toHaveLength(101);
  const raised = (await Promise.all(ids.map((id) => deliveries.deliveriesOf(id)))).flat();
  let endpoints: Endpoints["endpoints"] = [];
  const moments = new Set<string>();
  for (const [, [, event = ""]] of lines) {
    if (event.startsWith(MARK)) {
      endpoints = past.get(Number(event.slice(MARK.length)))?.endpoints ?? [];
      continue;
    }
    const found = raised.filter(({ eventId }) => eventId === event);
    const expected = endpoints.map(
      ({ id, status }) => `${id} ${status === "enabled" ? "pending" : "aborted"}`,
    );
    expect(found.map(({ endpointId, status }) => `${endpointId} ${status}`).sort()).toEqual(expected.sort());
    moments.add(expected.join());
  }
  // They did meet, again and again.
  expect(moments.size).toBeGreaterThan(10);
});
