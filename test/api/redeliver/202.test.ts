// POST /v1/deliveries/{id}/redeliver: the same event once more, to where it went.
import { describe, expect, onTestFinished, test } from "vitest";
import { buildReceiver } from "../../../src/simulator/receiver.ts";
import type { Delivery } from "../../../src/shared/delivery.ts";
import { createAddressPolicy } from "../../../src/shared/webhook/guard.ts";
import { deliverEvent } from "../../../src/worker/deliver.ts";
import { createDoorman } from "../../../src/worker/doorman.ts";
import { createSender } from "../../../src/worker/send.ts";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { changeDelivery, putDelivery, readDelivery } from "../../support/delivery.ts";
import { NOON } from "../../support/job.ts";
import { liveEntries, loseWakeUps } from "../../support/ledger.ts";
import { openLogBook } from "../../support/log-book.ts";
import { anyIso } from "../support.ts";
import { disableEndpoint, signedWith } from "../../support/addressee.ts";

const redeliver = (api: TestApi, id: string, options = {}) =>
  api.call("POST", `/v1/deliveries/${id}/redeliver`, options);

const failed = {
  status: "failed",
  attempt: 10,
  failures: 10,
  lastStatus: 500,
  lastError: "http_error",
  finishedAt: NOON,
} as const;

const findAddressee = signedWith("whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");

/** A delivery of a real event to a receiver that counts what it gets, and the worker's stage for it. */
async function openRoad(api: TestApi) {
  const receiver = buildReceiver();
  const url = await receiver.listen();
  onTestFinished(() => receiver.close());
  const policy = createAddressPolicy({ allowCidrs: ["127.0.0.0/8"] });
  const sender = createSender({ policy, timeoutMs: 2000 });
  onTestFinished(() => sender.close());
  const delivery = await putDelivery(api, {}, { url: `${url}/hook` });
  const { log } = openLogBook("worker");
  const doorman = createDoorman({ ...api.ledger, log });
  const stage = { ...api.ledger, sender, doorman, findAddressee, disableEndpoint, log };
  const deps = { ...stage, scheduleS: [5], random: () => 0 };
  /** Takes every entry of the queue that is alive, as the stage would. */
  const deliverAll = async () => {
    for (const entry of await api.ledger.motor.queues.deliver.getJobs([
      "waiting",
      "prioritized",
      "delayed",
    ])) {
      await entry.remove();
      await deliverEvent(deps, entry.data);
    }
  };
  return { receiver, delivery, deliverAll };
}

describe("a delivery that is over, or waits", () => {
  test.each<[Delivery["status"], Partial<Delivery>]>([
    ["failed", failed],
    ["delivered", { status: "delivered", attempt: 1, lastStatus: 204, finishedAt: NOON }],
    ["aborted", { status: "aborted", attempt: 1, lastStatus: 410, lastError: "gone", finishedAt: NOON }],
    ["retrying", { status: "retrying", attempt: 3, failures: 3, nextAt: NOON + 86_400_000 * 10_000 }],
  ])(
    "%s -> 202 pending, as a new generation that is due now and has an entry of its own",
    async (_status, patch) => {
      const api = await readyApi();
      const before = await putDelivery(api, patch);
      await loseWakeUps(api.ledger);
      const from = await api.ledger.jobs.readClock();
      const answer = await redeliver(api, before.id);
      expect(answer.status).toBe(202);
      expect(answer.headers).not.toHaveProperty("idempotent-replayed");
      expect(answer.json).toMatchObject({
        id: before.id,
        event_id: before.eventId,
        status: "pending",
        attempts_made: before.attempt,
        next_attempt_at: anyIso,
        finished_at: null,
        attempts: [],
      });
      expect((await api.call("GET", `/v1/deliveries/${before.id}`)).json).toEqual(answer.json);
      const after = await readDelivery(api, before.id);
      expect(after).toEqual({
        ...before,
        version: before.version + 1,
        status: "pending",
        generation: 2,
        failures: 0,
        nextAt: expect.any(Number),
        finishedAt: null,
      });
      expect(after.nextAt).toBeGreaterThanOrEqual(from);
      expect(after.nextAt).toBeLessThanOrEqual(await api.ledger.jobs.readClock());
      expect(await liveEntries(api.ledger, "deliver")).toEqual([`${before.id}-2`]);
      expect(await api.ledger.redis.zscore(api.ledger.keys.due, before.id)).not.toBeNull();
    },
  );

  test("delivered, and sent once more -> the same id and the same bytes, and one attempt more on record", async () => {
    const api = await readyApi();
    const { receiver, delivery, deliverAll } = await openRoad(api);
    await deliverAll();
    await redeliver(api, delivery.id);
    await deliverAll();
    const [first, second] = receiver.received;
    expect(receiver.received).toHaveLength(2);
    expect(second?.headers["webhook-id"]).toBe(delivery.eventId);
    expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
    const { json } = await api.call("GET", `/v1/deliveries/${delivery.id}`);
    expect(json).toMatchObject({ status: "delivered", attempts_made: 2 });
    expect(json["attempts"]).toMatchObject([
      { n: 1, status: 204 },
      { n: 2, status: 204 },
    ]);
  });

  test("20 at once without a key, of one that failed -> 202 for all, one generation, one request", async () => {
    const api = await readyApi();
    const { receiver, delivery, deliverAll } = await openRoad(api);
    await loseWakeUps(api.ledger);
    await changeDelivery(api, delivery, failed);
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeliver(api, delivery.id)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect((await readDelivery(api, delivery.id)).generation).toBe(2);
    expect(api.logs.named("delivery.redelivered")).toHaveLength(1);
    await deliverAll();
    expect(receiver.received).toHaveLength(1);
    expect(await readDelivery(api, delivery.id)).toMatchObject({ status: "delivered", attempt: 11 });
  });

  test("what is told -> one line, without the address", async () => {
    const api = await readyApi();
    const { id, jobId } = await putDelivery(api, failed);
    await redeliver(api, id);
    expect(api.logs.named("delivery.redelivered")).toMatchObject([
      { delivery_id: id, job_id: jobId, tenant: "acme", generation: 2, request_id: expect.any(String) },
    ]);
    expect(JSON.stringify(api.logs.lines)).not.toContain("hooks.example.com");
  });
});

describe("a delivery that is on its way", () => {
  test.each(["pending", "delivering"] as const)(
    "%s -> 202 with the delivery, and nothing changes",
    async (status) => {
      const api = await readyApi();
      const before = await putDelivery(api, { status, attempt: 1 });
      const shown = await api.call("GET", `/v1/deliveries/${before.id}`);
      const answer = await redeliver(api, before.id);
      expect({ status: answer.status, json: answer.json }).toEqual({ status: 202, json: shown.json });
      expect(await readDelivery(api, before.id)).toEqual(before);
      expect(api.logs.named("delivery.redelivered")).toEqual([]);
    },
  );

  test("delivering, with a key -> not even its version moves: the attempt's result must still count", async () => {
    const api = await readyApi();
    const before = await putDelivery(api, { status: "delivering", attempt: 1 });
    expect((await redeliver(api, before.id, { headers: { "idempotency-key": "k" } })).status).toBe(202);
    expect(await readDelivery(api, before.id)).toEqual(before);
    expect(await changeDelivery(api, before, { status: "delivered" })).toMatchObject({ status: "delivered" });
  });
});

test.each<[string, object]>([
  ["no body", {}],
  ["an empty object", { body: {} }],
])("%s -> 202", async (_name, options) => {
  const api = await readyApi();
  const { id } = await putDelivery(api, failed);
  expect((await redeliver(api, id, options)).status).toBe(202);
});
