// Endpoints that are disabled by what their receivers do: by five days of nothing but failures, or by one 410.
import { describe, expect, test } from "vitest";

import type { Endpoint } from "../../src/shared/endpoint.ts";
import { readHealth } from "../../src/shared/store/endpoint-health.ts";
import { disableEndpoint } from "../../src/worker/disable.ts";
import type { Doorman } from "../../src/worker/doorman.ts";
import { putDelivery, readDelivery } from "../support/delivery.ts";
import {
  changeEndpoint,
  deleteEndpoint,
  putEndpointDelivery,
  putJoblessDelivery,
} from "../support/endpoint.ts";
import {
  answers,
  deliverTo,
  playReceiver,
  putSealedEndpoint,
  readEndpoint,
} from "../support/endpoint-worker.ts";
import { dumpKeys, liveEntries, openTestLedger } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const healthOf = ({ redis, keys }: TestLedger, { id }: Endpoint) => readHealth(redis, keys, id);

/** As if it had been failing since then. */
async function backdate({ redis, keys, jobs }: TestLedger, { id }: Endpoint, ms: number): Promise<void> {
  await redis.hset(keys.endpointHealth(id), "failingSince", (await jobs.readClock()) - ms);
}

/** One event more for the endpoint, which meets this answer in its only attempt. */
async function meet(ledger: TestLedger, endpoint: Endpoint, answer: object): Promise<void> {
  const delivery = await putEndpointDelivery({ ledger }, endpoint);
  await deliverTo(ledger, playReceiver(answer).sender)(delivery);
}

/** The destination is down. */
const shutDoor: Doorman = {
  admit: async () => ({ as: "open" }),
  leave: async () => {},
  lookAfter: async () => {},
};

const dies = () => Promise.reject(new Error("killed"));

const iso = (ms: number | null | undefined) => new Date(ms ?? 0).toISOString();

/** The events of this type in the tenant's feed. */
async function newsIn({ redis, keys }: TestLedger, tenant = "acme"): Promise<string[]> {
  const lines = await redis.xrange(keys.feed(tenant), "-", "+");
  const told = lines.filter(([, words]) => words.includes("endpoint.disabled"));
  return told.map(([, [, eventId = ""]]) => eventId);
}

/** The events of this type on their way to an endpoint. */
async function newsFor(ledger: TestLedger, { id }: Endpoint) {
  const ids = await ledger.redis.zrange(ledger.keys.endpointDeliveries(id, "all"), "0", "-1");
  const all = await Promise.all(ids.map((each) => readDelivery({ ledger }, each)));
  return all.filter(({ eventType }) => eventType === "endpoint.disabled");
}

describe("failing", () => {
  test("nothing but failures for five days, and two events given up -> disabled", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    await meet(ledger, endpoint, answers.failed);
    await backdate(ledger, endpoint, 5 * DAY_MS);
    expect(await readEndpoint(ledger, endpoint)).toEqual(endpoint);
    await meet(ledger, endpoint, answers.failed);
    const now = await ledger.jobs.readClock();
    const after = await readEndpoint(ledger, endpoint);
    expect(after).toMatchObject({ status: "disabled", disabledReason: "failing" });
    expect(Math.abs((after?.disabledAt ?? 0) - now)).toBeLessThan(MINUTE_MS);
    expect(after?.updatedAt).toBe(after?.disabledAt);
    expect(ledger.logs.named("endpoint.disabled")).toMatchObject([
      { endpoint_id: endpoint.id, tenant: "acme", disabled_reason: "failing" },
    ]);
  });

  test("five days, but one event given up -> stays enabled", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    await backdate(ledger, endpoint, 50 * DAY_MS);
    await meet(ledger, endpoint, answers.failed);
    expect(await readEndpoint(ledger, endpoint)).toEqual(endpoint);
  });

  test("many events given up, but a minute short of five days -> stays enabled", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    for (let n = 0; n < 5; n++) {
      await meet(ledger, endpoint, answers.failed);
      await backdate(ledger, endpoint, 5 * DAY_MS - MINUTE_MS);
    }
    expect(await readEndpoint(ledger, endpoint)).toEqual(endpoint);
    expect(await healthOf(ledger, endpoint)).toMatchObject({ exhausted: 5 });
  });

  test("one success among the failures -> it all counts anew", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    await meet(ledger, endpoint, answers.failed);
    await meet(ledger, endpoint, answers.failed);
    await backdate(ledger, endpoint, 6 * DAY_MS);
    await meet(ledger, endpoint, answers.taken);
    expect(await healthOf(ledger, endpoint)).toEqual({ failingSince: null, exhausted: 0 });
    const now = await ledger.jobs.readClock();
    await meet(ledger, endpoint, answers.failed);
    await meet(ledger, endpoint, answers.failed);
    const health = await healthOf(ledger, endpoint);
    expect(health).toMatchObject({ exhausted: 2 });
    expect(health.failingSince).toBeGreaterThanOrEqual(now - 1);
    expect(await readEndpoint(ledger, endpoint)).toEqual(endpoint);
  });

  test("old failures that nothing has followed for ten days -> forgotten; each failure keeps them for ten more", async () => {
    const ledger = openTestLedger();
    const { redis, keys } = ledger;
    const endpoint = await putSealedEndpoint(ledger);
    const key = keys.endpointHealth(endpoint.id);
    for (let n = 0; n < 2; n++) {
      await meet(ledger, endpoint, answers.failed);
      const left = await redis.pttl(key);
      expect(left).toBeGreaterThan(10 * DAY_MS - MINUTE_MS);
      expect(left).toBeLessThanOrEqual(10 * DAY_MS);
      await redis.pexpire(key, MINUTE_MS);
    }
  });

  test("an event that fails and has attempts left -> the failing begins, nothing is given up, nothing is decided", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const delivery = await putEndpointDelivery({ ledger }, endpoint);
    const { sender } = playReceiver(answers.failed);
    await deliverTo(ledger, sender, { scheduleS: [5, 5] })(delivery);
    const now = await ledger.jobs.readClock();
    const health = await healthOf(ledger, endpoint);
    expect(health.exhausted).toBe(0);
    expect(Math.abs((health.failingSince ?? 0) - now)).toBeLessThan(MINUTE_MS);
  });

  test("given up because the destination was down for too long -> counts like any other; the second after five days disables", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const { sent, sender } = playReceiver(answers.taken);
    const deliver = deliverTo(ledger, sender, { doorman: shutDoor });
    const waitInVain = async () => {
      const nextAt = (await ledger.jobs.readClock()) - HOUR_MS - 1;
      const delivery = await putEndpointDelivery({ ledger }, endpoint, { nextAt });
      await deliver(delivery);
      expect(await readDelivery({ ledger }, delivery.id)).toMatchObject({ lastError: "destination_down" });
    };
    await waitInVain();
    expect(await healthOf(ledger, endpoint)).toMatchObject({ exhausted: 1 });
    await backdate(ledger, endpoint, 5 * DAY_MS);
    expect(await readEndpoint(ledger, endpoint)).toEqual(endpoint);
    await waitInVain();
    expect(await readEndpoint(ledger, endpoint)).toMatchObject({
      status: "disabled",
      disabledReason: "failing",
    });
    expect(sent).toEqual([]);
  });

  test("a target that webhooks may not reach -> a failure like any other: its owner has named it", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    await meet(ledger, endpoint, { delivered: false, status: null, errorCode: "target_forbidden" });
    expect(await healthOf(ledger, endpoint)).toMatchObject({ exhausted: 1 });
  });

  test("a fault of ours -> says nothing about the endpoint", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    await meet(ledger, endpoint, () => {
      throw new TypeError("a bug");
    });
    expect(await healthOf(ledger, endpoint)).toEqual({ failingSince: null, exhausted: 0 });
  });

  test("enabled again, or taken back to health, while somebody was about to disable it -> stays enabled", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const delivery = await putEndpointDelivery({ ledger }, endpoint);
    await disableEndpoint(ledger, { reason: "failing", delivery });
    expect(await readEndpoint(ledger, endpoint)).toEqual(endpoint);
    expect(await newsIn(ledger)).toEqual([]);
  });

  test("the same URL of two tenants, one of whom has only failures -> the other's endpoint is as it was", async () => {
    const ledger = openTestLedger();
    const [ours, theirs] = [
      await putSealedEndpoint(ledger),
      await putSealedEndpoint(ledger, { events: null }, "globex"),
    ];
    for (let n = 0; n < 2; n++) {
      await meet(ledger, ours, answers.failed);
      await backdate(ledger, ours, 5 * DAY_MS);
    }
    await meet(ledger, ours, answers.failed);
    expect((await readEndpoint(ledger, ours))?.status).toBe("disabled");
    expect(await readEndpoint(ledger, theirs, "globex")).toEqual(theirs);
    expect(await healthOf(ledger, theirs)).toEqual({ failingSince: null, exhausted: 0 });
    expect(await newsFor(ledger, theirs)).toEqual([]);
    expect(await newsIn(ledger, "globex")).toEqual([]);
  });
});

describe("gone", () => {
  test("one 410 -> disabled at once, the delivery is aborted, and so is all that was on its way, for a recovery to find", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const pending = await putEndpointDelivery({ ledger }, endpoint);
    const later = (await ledger.jobs.readClock()) + DAY_MS;
    const retrying = await putEndpointDelivery({ ledger }, endpoint, { status: "retrying", nextAt: later });
    const first = await putEndpointDelivery({ ledger }, endpoint);
    const { sender, sent } = playReceiver(answers.gone);
    const deliver = deliverTo(ledger, sender, { scheduleS: [5, 5] });
    expect(await deliver(first)).toEqual({ as: "done" });
    expect(await readEndpoint(ledger, endpoint)).toMatchObject({
      status: "disabled",
      disabledReason: "gone",
    });
    expect(await readDelivery({ ledger }, first.id)).toMatchObject({ status: "aborted", lastError: "gone" });
    const ended = { status: "aborted", lastError: "endpoint_disabled", attempt: 0 };
    for (const { id } of [pending, retrying]) {
      const after = await readDelivery({ ledger }, id);
      expect(after).toMatchObject(ended);
      expect(after.finishedAt).not.toBeNull();
    }
    await deliver(pending);
    expect(sent).toHaveLength(1);
    const { redis, keys } = ledger;
    expect(await redis.zcard(keys.endpointDeliveries(endpoint.id, "open"))).toBe(0);
    expect(await redis.zcard(keys.endpointDeliveries(endpoint.id, "missed"))).toBe(3);
  });

  test("the worker dies before it can write what came of the attempt -> disabled all the same, and nothing more is sent", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const delivery = await putEndpointDelivery({ ledger }, endpoint);
    const { sender, sent } = playReceiver(answers.gone);
    const dying = deliverTo(ledger, sender, { deliveries: { ...ledger.deliveries, writeDelivery: dies } });
    await expect(dying(delivery)).rejects.toThrow("killed");
    expect((await readEndpoint(ledger, endpoint))?.status).toBe("disabled");
    await deliverTo(ledger, sender)(delivery);
    expect(await readDelivery({ ledger }, delivery.id)).toMatchObject({
      status: "aborted",
      lastError: "endpoint_disabled",
    });
    expect(sent).toHaveLength(1);
  });

  test.each([
    ["gave it another URL", { url: "https://new.example.com/in" }],
    ["changed it", { updatedAt: Number.MAX_SAFE_INTEGER }],
  ])("its owner %s while it was asked -> stays enabled", async (_, patch) => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const delivery = await putEndpointDelivery({ ledger }, endpoint);
    const { sender } = playReceiver(async () => {
      await changeEndpoint({ ledger }, endpoint, patch);
      return answers.gone;
    });
    await deliverTo(ledger, sender)(delivery);
    expect(await readEndpoint(ledger, endpoint)).toEqual({ ...endpoint, ...patch });
    expect(await readDelivery({ ledger }, delivery.id)).toMatchObject({
      status: "aborted",
      lastError: "gone",
    });
    expect(await newsIn(ledger)).toEqual([]);
  });

  test.each([
    ["deleted it", (ledger: TestLedger, endpoint: Endpoint) => deleteEndpoint({ ledger }, endpoint)],
    [
      "disabled it",
      (ledger: TestLedger, endpoint: Endpoint) =>
        changeEndpoint({ ledger }, endpoint, { status: "disabled", disabledReason: "manual" }),
    ],
  ])("its owner %s while it was asked -> that stands, and nobody is told", async (_, change) => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const delivery = await putEndpointDelivery({ ledger }, endpoint);
    let between: Endpoint | undefined;
    const { sender } = playReceiver(async () => {
      await change(ledger, endpoint);
      between = await readEndpoint(ledger, endpoint);
      return answers.gone;
    });
    await deliverTo(ledger, sender)(delivery);
    expect(await readEndpoint(ledger, endpoint)).toEqual(between);
    expect(await newsIn(ledger)).toEqual([]);
    expect(ledger.logs.named("endpoint.disabled")).toEqual([]);
  });

  test("a job's own address -> its delivery alone ends; the tenant's endpoint at that address stays", async () => {
    const ledger = openTestLedger();
    const url = "https://hooks.example.com/in";
    const endpoint = await putSealedEndpoint(ledger, { url, events: ["job.failed"] });
    const delivery = await putDelivery({ ledger }, {}, { url });
    await deliverTo(ledger, playReceiver(answers.gone).sender)(delivery);
    expect(await readDelivery({ ledger }, delivery.id)).toMatchObject({
      status: "aborted",
      lastError: "gone",
    });
    expect(await readEndpoint(ledger, endpoint)).toEqual(endpoint);
  });
});

describe("a test", () => {
  test.each([
    ["answered with 410", answers.gone],
    ["that fails", answers.failed],
  ])("%s -> the endpoint stays enabled, and its health says nothing", async (_, answer) => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const pending = { status: "pending", lastError: null, finishedAt: null } as const;
    const delivery = await putJoblessDelivery({ ledger }, endpoint, pending, { type: "webhook.test" });
    await deliverTo(ledger, playReceiver(answer).sender)(delivery);
    expect(await readEndpoint(ledger, endpoint)).toEqual(endpoint);
    expect(await healthOf(ledger, endpoint)).toEqual({ failingSince: null, exhausted: 0 });
  });

  test("that succeeds -> the failures of its endpoint count as before", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    await meet(ledger, endpoint, answers.failed);
    const before = await healthOf(ledger, endpoint);
    const pending = { status: "pending", lastError: null, finishedAt: null } as const;
    const delivery = await putJoblessDelivery({ ledger }, endpoint, pending, { type: "webhook.test" });
    await deliverTo(ledger, playReceiver(answers.taken).sender)(delivery);
    expect(await readDelivery({ ledger }, delivery.id)).toMatchObject({ status: "delivered" });
    expect(await healthOf(ledger, endpoint)).toEqual(before);
  });
});

describe("the owner is told", () => {
  test("endpoint.disabled -> to each other endpoint that is enabled and wants it, and in the feed", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const hearing = [
      await putSealedEndpoint(ledger, { url: "https://one.example.com/in" }),
      await putSealedEndpoint(ledger, { url: "https://two.example.com/in", events: ["endpoint.*"] }),
      await putSealedEndpoint(ledger, { url: "https://three.example.com/in", events: ["endpoint.disabled"] }),
    ];
    const deaf = [
      await putSealedEndpoint(ledger, { events: ["job.*"] }),
      await putSealedEndpoint(ledger, { status: "disabled", disabledReason: "manual" }),
      endpoint,
    ];
    await meet(ledger, endpoint, answers.failed);
    const { failingSince } = await healthOf(ledger, endpoint);
    await meet(ledger, endpoint, answers.gone);
    const [eventId = "", ...more] = await newsIn(ledger);
    expect(more).toEqual([]);
    const live = await liveEntries(ledger, "deliver");
    for (const each of hearing) {
      const told = await newsFor(ledger, each);
      expect(told).toMatchObject([{ eventId, jobId: null, status: "pending", isTest: false }]);
      expect(live).toContain(`${told[0]?.id}-1`);
    }
    for (const each of deaf) expect(await newsFor(ledger, each)).toEqual([]);
    const after = await readEndpoint(ledger, endpoint);
    expect(JSON.parse((await ledger.deliveries.readEventBody(eventId)) ?? "")).toEqual({
      type: "endpoint.disabled",
      id: eventId,
      timestamp: iso(after?.disabledAt),
      data: {
        endpoint: {
          id: endpoint.id,
          url: endpoint.url,
          status: "disabled",
          disabled_reason: "gone",
          disabled_at: iso(after?.disabledAt),
          failing_since: iso(failingSince),
        },
      },
    });
  });

  test("its first answer ever is 410 -> it has been failing since then", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const before = await ledger.jobs.readClock();
    await meet(ledger, endpoint, answers.gone);
    const after = await ledger.jobs.readClock();
    const [eventId = ""] = await newsIn(ledger);
    const { data } = JSON.parse((await ledger.deliveries.readEventBody(eventId)) ?? "");
    const since = Date.parse(data.endpoint.failing_since);
    expect(since).toBeGreaterThanOrEqual(before);
    expect(since).toBeLessThanOrEqual(after);
  });

  test("it has no other endpoint -> the feed and the log tell, and the event goes with its retention", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    await meet(ledger, endpoint, answers.gone);
    const [eventId = ""] = await newsIn(ledger);
    expect(ledger.logs.named("endpoint.disabled")).toHaveLength(1);
    expect(await ledger.redis.pttl(ledger.keys.event(eventId))).toBeGreaterThan(0);
    expect([...(await dumpKeys(ledger)).keys()]).not.toContain(`event:${eventId}:deliveries`);
  });

  test.each([
    ["410", answers.gone, "gone"],
    ["the last failure", answers.failed, "failing"],
  ] as const)(
    "20 deliveries meet %s at the same time -> disabled once, told once",
    async (_, answer, reason) => {
      const ledger = openTestLedger();
      const endpoint = await putSealedEndpoint(ledger);
      const other = await putSealedEndpoint(ledger, { events: ["endpoint.*"] });
      await meet(ledger, endpoint, answers.failed);
      await backdate(ledger, endpoint, 5 * DAY_MS);
      const deliveries = await Promise.all(
        Array.from({ length: 20 }, () => putEndpointDelivery({ ledger }, endpoint)),
      );
      const all = Promise.withResolvers<void>();
      let waiting = 0;
      const { sender } = playReceiver(async () => {
        if (++waiting === deliveries.length) all.resolve();
        await all.promise;
        return answer;
      });
      const deliver = deliverTo(ledger, sender);
      await Promise.all(deliveries.map((delivery) => deliver(delivery)));
      expect(await readEndpoint(ledger, endpoint)).toMatchObject({
        status: "disabled",
        disabledReason: reason,
      });
      expect(await newsIn(ledger)).toHaveLength(1);
      expect(await newsFor(ledger, other)).toHaveLength(1);
      expect(ledger.logs.named("endpoint.disabled")).toHaveLength(1);
    },
  );
});
