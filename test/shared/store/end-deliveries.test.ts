// What was on its way to an endpoint that is closed now: aborted and kept, a bounded number at a time.
import { describe, expect, test } from "vitest";

import type { Delivery } from "../../../src/shared/delivery.ts";
import { endDeliveriesOf } from "../../../src/shared/store/end-deliveries.ts";
import { readDelivery } from "../../support/delivery.ts";
import {
  changeEndpoint,
  deleteEndpoint,
  putEndpoint,
  putEndpointDelivery,
  putJoblessDelivery,
} from "../../support/endpoint.ts";
import { answers, deliverTo, playReceiver, putSealedEndpoint } from "../../support/endpoint-worker.ts";
import { openTestLedger, readZset } from "../../support/ledger.ts";
import type { TestLedger } from "../../support/ledger.ts";

const disabled = { status: "disabled", disabledReason: "manual" } as const;
const pending = { status: "pending", lastError: null, finishedAt: null } as const;

const indexOf = ({ redis, keys }: TestLedger, { id }: { id: string }, which: "all" | "open" | "missed") =>
  redis.zrange(keys.endpointDeliveries(id, which), "0", "-1");

describe("an endpoint is closed", () => {
  test.each([
    ["disabled", "endpoint_disabled"],
    ["deleted", "endpoint_deleted"],
  ])(
    "%s -> what waits, for the first attempt or the next, is aborted as %s, and no longer due",
    async (how, code) => {
      const ledger = openTestLedger();
      const endpoint = await putEndpoint({ ledger });
      const first = await putEndpointDelivery({ ledger }, endpoint);
      const next = await putEndpointDelivery({ ledger }, endpoint, {
        status: "retrying",
        failures: 2,
        attempt: 2,
      });
      const done = await putEndpointDelivery({ ledger }, endpoint, { status: "delivered", finishedAt: 1 });
      if (how === "disabled") await changeEndpoint({ ledger }, endpoint, disabled);
      else await deleteEndpoint({ ledger }, endpoint);
      expect(await endDeliveriesOf(ledger, "acme", endpoint.id)).toBe(2);
      for (const before of [first, next]) {
        const after = await readDelivery({ ledger }, before.id);
        expect(after).toMatchObject({
          ...before,
          status: "aborted",
          lastError: code,
          version: before.version + 1,
          finishedAt: expect.any(Number),
        });
      }
      expect(await readDelivery({ ledger }, done.id)).toMatchObject({ status: "delivered" });
      expect(await indexOf(ledger, endpoint, "open")).toEqual([]);
      expect((await indexOf(ledger, endpoint, "missed")).sort()).toEqual([first.id, next.id].sort());
      expect(Object.keys(await readZset(ledger, ledger.keys.due))).toEqual([]);
      expect(await endDeliveriesOf(ledger, "acme", endpoint.id)).toBe(0);
    },
  );

  test("more than a thousand are on their way -> so many end, and the others when they are to be sent", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const all: Delivery[] = [];
    for (let n = 0; n < 41; n++) {
      const some = Array.from({ length: 25 }, () => putEndpointDelivery({ ledger }, endpoint));
      all.push(...(await Promise.all(some)));
    }
    await changeEndpoint({ ledger }, endpoint, disabled);
    expect(await endDeliveriesOf(ledger, "acme", endpoint.id)).toBe(1000);
    const left = await indexOf(ledger, endpoint, "open");
    expect(left).toHaveLength(25);
    const { sent, sender } = playReceiver();
    const deliver = deliverTo(ledger, sender);
    await Promise.all(left.map((id) => deliver({ id, generation: 1 })));
    expect(sent).toEqual([]);
    expect(await indexOf(ledger, endpoint, "missed")).toHaveLength(all.length);
    expect(await indexOf(ledger, endpoint, "open")).toEqual([]);
  });

  test("one is being sent -> it is left to its attempt: what is taken is delivered", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const delivery = await putEndpointDelivery({ ledger }, endpoint);
    const waiting = await putEndpointDelivery({ ledger }, endpoint);
    const { sender } = playReceiver(async () => {
      await changeEndpoint({ ledger }, endpoint, disabled);
      expect(await endDeliveriesOf(ledger, "acme", endpoint.id)).toBe(1);
      return answers.taken;
    });
    await deliverTo(ledger, sender)(delivery);
    expect(await readDelivery({ ledger }, delivery.id)).toMatchObject({ status: "delivered" });
    expect(await readDelivery({ ledger }, waiting.id)).toMatchObject({ lastError: "endpoint_disabled" });
  });

  test("one is being sent, and fails -> it ends when it is to be tried again, and no request is made", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const delivery = await putEndpointDelivery({ ledger }, endpoint);
    const { sent, sender } = playReceiver(async () => {
      await changeEndpoint({ ledger }, endpoint, disabled);
      await endDeliveriesOf(ledger, "acme", endpoint.id);
      return answers.failed;
    });
    const deliver = deliverTo(ledger, sender, { scheduleS: [0] });
    await deliver(delivery);
    expect(await readDelivery({ ledger }, delivery.id)).toMatchObject({ status: "retrying", attempt: 1 });
    await deliver(delivery);
    expect(await readDelivery({ ledger }, delivery.id)).toMatchObject({
      status: "aborted",
      lastError: "endpoint_disabled",
      attempt: 1,
    });
    expect(sent).toHaveLength(1);
  });

  test("a test -> goes on to one that is disabled, and ends with one that is deleted", async () => {
    const ledger = openTestLedger();
    const endpoint = await putEndpoint({ ledger });
    const { id } = await putJoblessDelivery({ ledger }, endpoint, pending, { type: "webhook.test" });
    await changeEndpoint({ ledger }, endpoint, disabled);
    expect(await endDeliveriesOf(ledger, "acme", endpoint.id)).toBe(0);
    expect(await readDelivery({ ledger }, id)).toMatchObject({ status: "pending" });
    await deleteEndpoint({ ledger }, endpoint);
    expect(await endDeliveriesOf(ledger, "acme", endpoint.id)).toBe(1);
    expect(await readDelivery({ ledger }, id)).toMatchObject({ lastError: "endpoint_deleted" });
  });

  test("one cannot be understood -> the others end", async () => {
    const ledger = openTestLedger();
    const endpoint = await putEndpoint({ ledger });
    const odd = await putEndpointDelivery({ ledger }, endpoint);
    const sound = await putEndpointDelivery({ ledger }, endpoint);
    await ledger.redis.hset(ledger.keys.delivery(odd.id), "state", "odd");
    await changeEndpoint({ ledger }, endpoint, disabled);
    expect(await endDeliveriesOf(ledger, "acme", endpoint.id)).toBe(1);
    expect(await readDelivery({ ledger }, sound.id)).toMatchObject({ status: "aborted" });
  });
});

describe("an endpoint is open", () => {
  test("it was never closed -> nothing ends", async () => {
    const ledger = openTestLedger();
    const endpoint = await putEndpoint({ ledger });
    const { id } = await putEndpointDelivery({ ledger }, endpoint);
    expect(await endDeliveriesOf(ledger, "acme", endpoint.id)).toBe(0);
    expect(await readDelivery({ ledger }, id)).toMatchObject({ status: "pending" });
  });

  test("it is enabled again while its deliveries are ended -> from then on none ends", async () => {
    const ledger = openTestLedger();
    const endpoint = await putEndpoint({ ledger }, disabled);
    const delivery = await putEndpointDelivery({ ledger }, endpoint, pending);
    const redis = new Proxy(ledger.redis, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        if (name !== "zrange") return value.bind(target);
        return async (...words: unknown[]) => {
          const ids: unknown = await value.apply(target, words);
          await changeEndpoint({ ledger }, endpoint, { status: "enabled", disabledReason: null });
          return ids;
        };
      },
    });
    expect(await endDeliveriesOf({ ...ledger, redis }, "acme", endpoint.id)).toBe(0);
    expect(await readDelivery({ ledger }, delivery.id)).toEqual(delivery);
  });
});
