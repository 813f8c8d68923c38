// POST /v1/webhook-endpoints/{id}/recover: what an endpoint has missed is sent again, once, oldest first, at a pace.
import { describe, expect, test } from "vitest";
import type { Delivery, DeliveryStatus } from "../../../src/shared/delivery.ts";
import { deliverWakeUp } from "../../../src/shared/store/outgoing.ts";
import type { Sender } from "../../../src/worker/send.ts";
import { GLOBEX, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { readDelivery } from "../../support/delivery.ts";
import {
  changeEndpoint,
  putEndpoint,
  putEndpointDelivery,
  putJoblessDeliveries,
  putJoblessDelivery,
} from "../../support/endpoint.ts";
import { answers, deliverTo, playReceiver, putSealedEndpoint } from "../../support/endpoint-worker.ts";
import { HOUR_MS, NOON } from "../../support/job.ts";
import { liveEntries, openTestLedger } from "../../support/ledger.ts";
import { auditPage } from "../support.ts";
import { gaps, iso, readAll, recover } from "./support.ts";

const failed = {
  status: "failed",
  attempt: 10,
  failures: 10,
  lastError: "timeout",
  finishedAt: NOON,
} as const;

/** The states that a delivery can be in, and whether a recovery sends it again. */
const states: [patch: Partial<Delivery>, isRecovered: boolean][] = [
  [failed, true],
  [{ status: "delivered", attempt: 1, lastStatus: 204, finishedAt: NOON }, false],
  [{ status: "aborted", attempt: 1, lastError: "gone", lastStatus: 410, finishedAt: NOON }, true],
  [{ status: "retrying", attempt: 3, failures: 3, nextAt: NOON + 1_000_000 * HOUR_MS }, true],
  [{ status: "pending", nextAt: NOON + 1_000_000 * HOUR_MS }, false],
  [{ status: "aborted", lastError: "endpoint_disabled", finishedAt: NOON }, true],
  [{ status: "delivering", attempt: 1 }, false],
  [{ status: "aborted", lastError: "event_gone", finishedAt: NOON }, false],
];

describe("what is recovered", () => {
  test("200 events before and after since, in every state -> exactly the undelivered ones, oldest first, 100 ms apart; once more -> none", async () => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    const all: { id: string; at: number; isRecovered: boolean }[] = [];
    for (let n = 0; n < 200; n++) {
      const [patch, isRecovered] = states[n % states.length] ?? [{}, false];
      const at = NOON + (n - 60) * 1000;
      const { id } = await putJoblessDelivery(api, endpoint, patch, { at });
      all.push({ id, at, isRecovered: isRecovered && at >= NOON });
    }
    const before = await readAll(
      api,
      all.map(({ id }) => id),
    );
    const from = await api.ledger.jobs.readClock();
    const answer = await recover(api, endpoint.id);
    const wanted = all.filter((each) => each.isRecovered).map(({ id }) => id);
    expect(wanted).toHaveLength(69);
    expect({ status: answer.status, json: answer.json }).toEqual({
      status: 202,
      json: { matched: 69, recovering: 69, has_more: false },
    });
    const recovered = await readAll(api, wanted);
    for (const each of recovered)
      expect(each).toMatchObject({ status: "pending", generation: 2, failures: 0, finishedAt: null });
    const times = recovered.map(({ nextAt }) => nextAt);
    expect(gaps(times)).toEqual(Array.from({ length: 68 }, () => 100));
    expect(times[0]).toBeGreaterThanOrEqual(from);
    // The API reckons by the clock of an answer, which may run ahead by as long as that was on its way.
    expect(times[0]).toBeLessThanOrEqual((await api.ledger.jobs.readClock()) + 1000);
    const others = before.filter(({ id }) => !wanted.includes(id));
    expect(
      await readAll(
        api,
        others.map(({ id }) => id),
      ),
    ).toEqual(others);
    expect((await recover(api, endpoint.id)).json).toEqual({ matched: 0, recovering: 0, has_more: false });
    expect(await readAll(api, wanted)).toEqual(recovered);
    const entries = await liveEntries(api.ledger, "deliver");
    for (const id of wanted) expect(entries).toContain(`${id}-2`);
  });

  test("since and until -> the first moment counts, the last one does not", async () => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    const times = [NOON - 1, NOON, NOON + 1, NOON + 2];
    const ids = await putJoblessDeliveries(api, endpoint, times);
    const answer = await recover(api, endpoint.id, { since: iso(NOON), until: iso(NOON + 2) });
    expect(answer.json).toMatchObject({ matched: 2, recovering: 2 });
    expect((await readAll(api, ids)).map(({ status }) => status)).toEqual([
      "aborted",
      "pending",
      "pending",
      "aborted",
    ]);
  });

  test("events of jobs and events of none -> both, in the order of their times", async () => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    const first = await putEndpointDelivery(api, endpoint, failed, { at: NOON });
    const second = await putJoblessDelivery(api, endpoint, {}, { at: NOON + 1 });
    const third = await putEndpointDelivery(api, endpoint, failed, { at: NOON + 2 });
    await recover(api, endpoint.id);
    const found = await readAll(api, [first.id, second.id, third.id]);
    expect(gaps(found.map(({ nextAt }) => nextAt))).toEqual([100, 100]);
    expect(await api.ledger.redis.zscore(api.ledger.keys.purge, second.id)).toBeNull();
  });

  test("of an erased job, or a test -> left alone, and not counted", async () => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    const erased = await putEndpointDelivery(api, endpoint, failed, { at: NOON });
    expect((await api.call("DELETE", `/v1/jobs/${erased.jobId}`)).status).toBe(204);
    const tried = await putJoblessDelivery(api, endpoint, {}, { at: NOON, type: "webhook.test" });
    expect((await recover(api, endpoint.id)).json).toMatchObject({ matched: 0, recovering: 0 });
    expect((await readDelivery(api, erased.id)).status).toBe("failed");
    expect((await readDelivery(api, tried.id)).status).toBe("aborted");
  });

  test("what other endpoints, own addresses and other tenants have missed -> stays as it is", async () => {
    const api = await readyApi();
    const [one, other] = [await putEndpoint(api), await putEndpoint(api)];
    const theirs = await putEndpoint(api, {}, "globex");
    const missed: Partial<Delivery>[] = [failed, { status: "retrying", attempt: 1, failures: 1 }];
    const strangers: Delivery[] = [];
    for (const patch of missed) {
      await putEndpointDelivery(api, one, patch, { at: NOON });
      strangers.push(await putEndpointDelivery(api, other, patch, { at: NOON }));
      strangers.push(await putEndpointDelivery(api, theirs, patch, { at: NOON, tenant: "globex" }));
    }
    expect((await recover(api, one.id)).json).toMatchObject({ matched: 2, recovering: 2 });
    expect(
      await readAll(
        api,
        strangers.map(({ id }) => id),
      ),
    ).toEqual(strangers);
    expect((await recover(api, theirs.id, { since: iso(NOON) }, { key: GLOBEX })).json).toMatchObject({
      recovering: 2,
    });
  });

  test("events raised while the endpoint was disabled -> recovered after it is enabled", async () => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    await changeEndpoint(api, endpoint, { status: "disabled", disabledReason: "manual", disabledAt: NOON });
    const { id } = await putEndpointDelivery(api, endpoint);
    expect(await readDelivery(api, id)).toMatchObject({ status: "aborted", lastError: "endpoint_disabled" });
    await changeEndpoint(api, endpoint, { status: "enabled", disabledReason: null, disabledAt: null });
    expect((await recover(api, endpoint.id)).json).toMatchObject({ matched: 1, recovering: 1 });
    expect(await readDelivery(api, id)).toMatchObject({ status: "pending", generation: 2 });
  });
});

/** The worker's stage an hour later: takes the entries of the queue in the order of their times, until there are none. */
async function deliverLater(api: TestApi, sender: Sender) {
  const ledger = openTestLedger({ prefix: api.prefix });
  const readLater = async (id: string) => {
    const found = await ledger.deliveries.readDelivery(id);
    return found && { ...found, now: () => found.now() + HOUR_MS };
  };
  const deliveries = { ...ledger.deliveries, readDelivery: readLater };
  const deliver = deliverTo(ledger, sender, { deliveries });
  for (;;) {
    const entries = await ledger.motor.queues.deliver.getJobs(["waiting", "prioritized", "delayed"]);
    const [next] = entries.toSorted((one, two) => one.timestamp + one.delay - two.timestamp - two.delay);
    if (!next) return;
    await next.remove();
    await deliver({ id: next.data.id, generation: next.data.n });
  }
}

test("what is recovered -> arrives once each, in order, with the id and the bytes that it had; no retry beside it", async () => {
  const api = await readyApi();
  const { sent, sender } = playReceiver(answers.taken);
  const endpoint = await putSealedEndpoint(openTestLedger({ prefix: api.prefix }));
  const statuses: DeliveryStatus[] = ["failed", "delivered", "retrying", "aborted", "failed"];
  const all: Delivery[] = [];
  for (const [n, status] of statuses.entries()) {
    const patch = { status, attempt: 1, nextAt: (await api.ledger.jobs.readClock()) + HOUR_MS / 2 };
    all.push(await putJoblessDelivery(api, endpoint, patch, { at: NOON + n }));
  }
  const retries = all.filter(({ status }) => status === "retrying").map(deliverWakeUp);
  await api.ledger.motor.wake(retries, await api.ledger.jobs.readClock());
  const bodies = await Promise.all(all.map(({ eventId }) => api.ledger.deliveries.readEventBody(eventId)));
  await recover(api, endpoint.id);
  await recover(api, endpoint.id);
  expect(await liveEntries(api.ledger, "deliver")).toHaveLength(5);
  await deliverLater(api, sender);
  const expected = all.flatMap(({ eventId, status }, n) =>
    status === "delivered" ? [] : [[eventId, bodies[n]]],
  );
  const got = sent.map(({ headers, body }) => [headers["webhook-id"], body.toString()]);
  expect(got).toEqual(expected);
  for (const each of all) expect((await readDelivery(api, each.id)).status).toBe("delivered");
});

test("what is told -> one line and one entry of the audit log for what took effect, none for what did not", async () => {
  const api = await readyApi();
  const endpoint = await putEndpoint(api);
  await putJoblessDeliveries(api, endpoint, [NOON, NOON]);
  await recover(api, endpoint.id);
  await recover(api, endpoint.id);
  const by = expect.stringMatching(/^tenant acme \(/);
  const about = { by, tenant: "acme", subject: endpoint.id };
  expect(api.logs.named("endpoint.recover")).toMatchObject([
    { ...about, matched: 2, redelivering: 2, skipped: 0 },
  ]);
  const { data } = await auditPage(api);
  expect(data).toMatchObject([{ action: "endpoint.recover", ...about, reason: null }]);
});
