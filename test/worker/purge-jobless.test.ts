// Retention of what is about no job, and of what a deleted endpoint leaves behind: in the end, nothing.
import { describe, expect, test } from "vitest";

import type { Delivery } from "../../src/shared/delivery.ts";
import type { Endpoint } from "../../src/shared/endpoint.ts";
import { endDeliveriesOf } from "../../src/shared/store/end-deliveries.ts";
import { forgetHealth } from "../../src/shared/store/endpoint-health.ts";
import { raiseEvent } from "../../src/shared/store/outgoing.ts";
import { newEvent } from "../../src/shared/webhook/event.ts";
import { rescueOverdue } from "../../src/worker/rescue.ts";
import { readDelivery } from "../support/delivery.ts";
import { deleteEndpoint, putEndpointDelivery } from "../support/endpoint.ts";
import { answers, deliverTo, playReceiver, putSealedEndpoint } from "../support/endpoint-worker.ts";
import { dumpKeys, openTestLedger, readZset, RETENTION_S, SUBMIT_TIMEOUT_MS } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";

const policy = { pollFirstMs: 10_000, recoveryMs: 86_400_000, holdMs: 600_000 };

const walk = (ledger: TestLedger) =>
  rescueOverdue({ ...ledger, policy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS: [5] });

/** As if the retention of all that waits for its end were over. */
async function endRetention({ redis, keys }: TestLedger): Promise<void> {
  for (const id of await redis.zrange(keys.purge, "0", "-1")) await redis.zadd(keys.purge, 1, id);
}

/** One event that is about no job, to each of these endpoints. */
async function raise(ledger: TestLedger, endpoints: Endpoint[], type = "endpoint.disabled" as const) {
  const { redis, keys, policy: books } = ledger;
  const now = await ledger.jobs.readClock();
  const event = newEvent(type, "acme", {}, now);
  const targets = endpoints.map(({ id, url }) => ({ url, endpointId: id, ended: null }));
  const raised = raiseEvent(keys, books, event, targets, now);
  const writing = redis.multi();
  for (const words of raised.commands) writing.call(...words);
  await writing.exec();
  return ledger.deliveries.deliveriesOfEvent(event.id);
}

/** BullMQ's, and those of the places at a destination: they go by themselves, and know nothing of records. */
const PASSING = /^(submit|poll|deliver|lines?|places|road|ring|served)(:|$)/;

/** The ledger's keys, ids left out. */
async function ledgerKeys(ledger: TestLedger): Promise<string[]> {
  const names = [...(await dumpKeys(ledger)).keys()].filter((name) => !PASSING.test(name));
  return names.map((name) => name.replaceAll(/(job|evt|dlv|ep)_\w+/g, "$1")).sort();
}

const outlasting = ["endpoints:acme", "feed:acme"];

describe("an event that is about no job", () => {
  test("delivered -> kept for its retention, then it goes with all that belongs to it", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const [delivery] = await raise(ledger, [endpoint]);
    if (!delivery) throw new Error("no delivery");
    expect(await readZset(ledger, ledger.keys.purge)).toEqual({});
    await deliverTo(ledger, playReceiver().sender)(delivery);
    const { finishedAt } = await readDelivery({ ledger }, delivery.id);
    expect(await readZset(ledger, ledger.keys.purge)).toEqual({
      [delivery.id]: (finishedAt ?? 0) + RETENTION_S * 1000,
    });
    const ended = await readDelivery({ ledger }, delivery.id);
    const binding = { key: ledger.keys.idempotency("acme", "redelivery"), value: `${ended.id} print` };
    await ledger.deliveries.writeWish(ended, {}, await ledger.jobs.readClock(), binding);
    await walk(ledger);
    expect(await ledgerKeys(ledger)).toEqual(
      [
        ...outlasting,
        "deliveries:acme",
        "deliveries:acme:status:delivered",
        "delivery:dlv",
        "delivery:dlv:attempts",
        "endpoint:ep:deliveries:all",
        "event:evt",
        "event:evt:deliveries",
        "idempotency:acme:redelivery",
        "purge",
      ].sort(),
    );
    await endRetention(ledger);
    await walk(ledger);
    expect(await ledgerKeys(ledger)).toEqual(outlasting);
  });

  test("one of its deliveries goes -> the event stays for the others, and goes with the last", async () => {
    const ledger = openTestLedger();
    const endpoints = [await putSealedEndpoint(ledger), await putSealedEndpoint(ledger)];
    const [first, last] = await raise(ledger, endpoints);
    if (!first || !last) throw new Error("no deliveries");
    const deliver = deliverTo(ledger, playReceiver(answers.failed).sender);
    await deliver(first);
    await endRetention(ledger);
    await walk(ledger);
    expect(await ledger.deliveries.readDelivery(first.id)).toBeNull();
    expect(await ledger.deliveries.readEventBody(last.eventId)).not.toBeNull();
    await deliver(last);
    await endRetention(ledger);
    await walk(ledger);
    expect(await ledgerKeys(ledger)).toEqual(["endpoint:ep:health", "endpoint:ep:health", ...outlasting]);
  });

  test("several of its deliveries are to go at the same time -> in the end none of them is left, and no event", async () => {
    const ledger = openTestLedger();
    const endpoints = [];
    for (let n = 0; n < 5; n++) endpoints.push(await putSealedEndpoint(ledger));
    const deliveries = await raise(ledger, endpoints);
    for (const each of deliveries) await deliverTo(ledger, playReceiver().sender)(each);
    const rounds = deliveries.length;
    for (let round = 0; round < rounds; round++) {
      await endRetention(ledger);
      await walk(ledger);
    }
    expect(await ledgerKeys(ledger)).toEqual(outlasting);
  });

  test("sent once more before it goes -> it stays until that has ended, and its retention begins anew", async () => {
    const ledger = openTestLedger();
    const [delivery] = await raise(ledger, [await putSealedEndpoint(ledger)]);
    if (!delivery) throw new Error("no delivery");
    await deliverTo(ledger, playReceiver().sender)(delivery);
    const again = { status: "pending", generation: 2, finishedAt: null } as const;
    const ended = await readDelivery({ ledger }, delivery.id);
    await ledger.redis.zadd(ledger.keys.purge, 1, delivery.id);
    await ledger.deliveries.writeDelivery(ended, again, await ledger.jobs.readClock());
    expect(await readZset(ledger, ledger.keys.purge)).toEqual({});
    // As if it had been claimed just before.
    await ledger.redis.zadd(ledger.keys.purge, 1, delivery.id);
    await walk(ledger);
    expect(await readDelivery({ ledger }, delivery.id)).toMatchObject({ status: "pending", generation: 2 });
    await deliverTo(ledger, playReceiver().sender)({ ...delivery, generation: 2 });
    const { finishedAt } = await readDelivery({ ledger }, delivery.id);
    expect(await readZset(ledger, ledger.keys.purge)).toEqual({
      [delivery.id]: (finishedAt ?? 0) + RETENTION_S * 1000,
    });
  });

  test("somebody moves it between the reading and the removing -> it stays", async () => {
    const ledger = openTestLedger();
    const [delivery] = await raise(ledger, [await putSealedEndpoint(ledger)]);
    if (!delivery) throw new Error("no delivery");
    const moved: Delivery = { ...delivery, version: delivery.version + 1 };
    await ledger.deliveries.writeDelivery(delivery, {}, delivery.nextAt);
    await ledger.due.purgeLoneDelivery(delivery, []);
    expect(await readDelivery({ ledger }, delivery.id)).toEqual(moved);
    expect(await ledger.deliveries.readEventBody(delivery.eventId)).not.toBeNull();
  });

  test("only a purge entry is left of it -> the entry goes", async () => {
    const ledger = openTestLedger();
    await ledger.redis.zadd(ledger.keys.purge, 1, "dlv_none");
    await walk(ledger);
    expect(await readZset(ledger, ledger.keys.purge)).toEqual({});
  });
});

test("an endpoint with deliveries in every state is deleted, and their jobs' retention ends -> no key of it is left", async () => {
  const ledger = openTestLedger();
  const endpoint = await putSealedEndpoint(ledger);
  await putEndpointDelivery({ ledger }, endpoint);
  for (const answer of [answers.taken, answers.failed]) {
    const delivery = await putEndpointDelivery({ ledger }, endpoint);
    await deliverTo(ledger, playReceiver(answer).sender)(delivery);
  }
  await raise(ledger, [endpoint]);
  const names = await ledgerKeys(ledger);
  for (const kind of ["health", "deliveries:all", "deliveries:open", "deliveries:missed"]) {
    expect(names).toContain(`endpoint:ep:${kind}`);
  }
  await deleteEndpoint({ ledger }, endpoint);
  const [command, key] = forgetHealth(ledger.keys, endpoint.id);
  await ledger.redis.call(command, key);
  expect(await endDeliveriesOf(ledger, "acme", endpoint.id)).toBe(2);
  await endRetention(ledger);
  await walk(ledger);
  expect(await ledgerKeys(ledger)).toEqual(outlasting);
});
