// A tenant's endpoints that nobody can understand: jobs, which cost money, go on without them; deliveries wait for the repair.
import { describe, expect, test } from "vitest";

import type { Delivery } from "../../src/shared/delivery.ts";
import { findAddressee } from "../../src/worker/addressee.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import { pollTask } from "../../src/worker/poll.ts";
import { rescueOverdue } from "../../src/worker/rescue.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { disableEndpoint } from "../support/addressee.ts";
import { readDelivery } from "../support/delivery.ts";
import { putEndpointDelivery } from "../support/endpoint.ts";
import { deliverTo, playReceiver, putSealedEndpoint } from "../support/endpoint-worker.ts";
import { newJob, newRequest } from "../support/job.ts";
import { openTestLedger, putJob, readJob, readZset, SUBMIT_TIMEOUT_MS } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { fakeNovita } from "../support/novita.ts";
import { pollDeps, startTestStage, submitDeps } from "../support/stage.ts";

const video = { url: "https://v.example/1.mp4", type: "mp4", expiresAt: null };

/** Returns what repairs it. */
async function damage({ redis, keys }: TestLedger): Promise<() => Promise<unknown>> {
  const key = keys.endpoints("acme");
  const state = (await redis.hget(key, "state")) ?? "";
  await redis.hset(key, "state", "{");
  return () => redis.hset(key, "state", state);
}

const replace = async ({ redis, keys }: TestLedger): Promise<void> => {
  await redis.del(keys.endpoints("acme"));
  await redis.set(keys.endpoints("acme"), "something else");
};

describe("a job of the tenant", () => {
  test.each([
    ["is damaged", damage],
    ["is of another type", replace],
  ])(
    "the record %s -> submitted, polled, settled, told to the job's own URL and the feed, with an alarm",
    async (_, spoil) => {
      const ledger = openTestLedger();
      await putSealedEndpoint(ledger);
      await spoil(ledger);
      const webhook = { url: "https://hooks.example.com/in", events: ["job.*"] };
      const request = newRequest({ webhook });
      const { id } = await putJob(ledger, newJob(await ledger.jobs.readClock(), { request }));
      await submitJob(submitDeps(ledger), { id, n: 1 });
      expect(await readJob(ledger, id)).toMatchObject({ status: "processing" });
      const now = await ledger.jobs.readClock();
      await ledger.jobs.changeJob(id, (job) => ({
        transition: null,
        job: {
          ...job,
          version: job.version + 1,
          tasks: job.tasks.map((task) => ({ ...task, nextLookAt: now })),
        },
        fact: null,
        event: null,
      }));
      const novita = fakeNovita({ look: () => ({ kind: "succeeded", video }) });
      await pollTask(pollDeps(ledger, { novita }), { id, n: 1 });
      expect(await readJob(ledger, id)).toMatchObject({ status: "succeeded" });
      const deliveries = await ledger.deliveries.deliveriesOf(id);
      expect(deliveries.map(({ eventType, endpointId }) => [eventType, endpointId])).toEqual(
        expect.arrayContaining([["job.succeeded", null]]),
      );
      const { redis, keys } = ledger;
      const lines = await redis.xrange(keys.feed("acme"), "-", "+");
      expect(lines.some(([, words]) => words.includes("job.succeeded"))).toBe(true);
      const [told] = ledger.logs.named("endpoints.unreadable");
      expect(told).toMatchObject({
        tenant: "acme",
        message: expect.stringContaining(keys.endpoints("acme")),
      });
    },
  );
});

describe("a delivery to one of the endpoints", () => {
  test("the record is damaged -> set aside without an attempt; repaired -> it goes on", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const delivery = await putEndpointDelivery({ ledger }, endpoint);
    const repair = await damage(ledger);
    const { sent, sender } = playReceiver();
    const addressees = { ...ledger, sealer: null, secretsOf: async () => [] };
    const deps = {
      ...ledger,
      sender,
      disableEndpoint,
      findAddressee: (each: Delivery) => findAddressee(addressees, each),
      scheduleS: [5],
      random: () => 0,
    };
    startTestStage(ledger, "deliver", (entry) => deliverEvent(deps, entry));
    expect(await ledger.logs.waitFor({ msg: "record.set_aside" })).toMatchObject({ id: delivery.id });
    expect(sent).toEqual([]);
    expect(await readDelivery({ ledger }, delivery.id)).toEqual(delivery);
    expect(Object.keys(await readZset(ledger, ledger.keys.aside))).toEqual([delivery.id]);
    await repair();
    await ledger.redis.zadd(ledger.keys.aside, "XX", 1, delivery.id);
    const policy = { pollFirstMs: 10_000, recoveryMs: 86_400_000, holdMs: 600_000 };
    await rescueOverdue({ ...ledger, policy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS: [5] });
    expect(ledger.logs.named("record.returned")).toMatchObject([{ id: delivery.id }]);
    await deliverTo(ledger, sender)(await readDelivery({ ledger }, delivery.id));
    expect(await readDelivery({ ledger }, delivery.id)).toMatchObject({ status: "delivered" });
  });
});
