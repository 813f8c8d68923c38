// Each attempt goes to the endpoint as it is by then, signed with its own secrets; and lost wake-ups are found.
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";

import { settleJob } from "../../src/shared/settle.ts";
import { sealHeaders, sealSecret } from "../../src/shared/webhook/endpoint-seal.ts";
import { createSealer } from "../../src/shared/webhook/seal.ts";
import { rescueOverdue } from "../../src/worker/rescue.ts";
import { readDelivery } from "../support/delivery.ts";
import { changeEndpoint, deleteEndpoint, putEndpointDelivery } from "../support/endpoint.ts";
import {
  answers,
  deliverTo,
  playReceiver,
  putSealedEndpoint,
  sealer,
  SECRET,
} from "../support/endpoint-worker.ts";
import { newJob } from "../support/job.ts";
import { liveEntries, loseWakeUps, openTestLedger, putJob, SUBMIT_TIMEOUT_MS } from "../support/ledger.ts";
import type { Outgoing } from "../../src/worker/send.ts";

const OTHER = `whsec_${Buffer.alloc(32, 4).toString("base64")}`;
const disabled = { status: "disabled", disabledReason: "manual" } as const;

const verifies = (secret: string, sent: Outgoing | undefined): boolean => {
  try {
    new Webhook(secret).verify(sent?.body.toString() ?? "", sent?.headers ?? {});
    return true;
  } catch {
    return false;
  }
};

/** A delivery whose first attempt has failed, and whose second one may be made. */
async function retrying(patch: Parameters<typeof putSealedEndpoint>[1] = {}) {
  const ledger = openTestLedger();
  const endpoint = await putSealedEndpoint(ledger, patch);
  const delivery = await putEndpointDelivery({ ledger }, endpoint);
  const { sent, sender } = playReceiver(answers.failed, answers.taken);
  const deliver = deliverTo(ledger, sender, { scheduleS: [0] });
  await deliver(delivery);
  const read = () => readDelivery({ ledger }, delivery.id);
  return { ledger, endpoint, sent, retry: () => deliver(delivery), read };
}

describe("between two attempts", () => {
  test("another URL -> the next one goes there, with the same id and bytes, and the log says where", async () => {
    const { ledger, endpoint, sent, retry, read } = await retrying();
    const url = "https://new.example.com/in";
    await changeEndpoint({ ledger }, endpoint, { url });
    expect(await read()).toMatchObject({ url: endpoint.url });
    await retry();
    expect(sent.map((each) => each.url)).toEqual([endpoint.url, url]);
    expect(sent[1]?.body).toEqual(sent[0]?.body);
    expect(sent[1]?.headers["webhook-id"]).toBe(sent[0]?.headers["webhook-id"]);
    expect(await read()).toMatchObject({ status: "delivered", url });
  });

  test("another secret -> the next one is signed with both, and with the new one alone when the grace is over", async () => {
    const { ledger, endpoint, sent, retry } = await retrying();
    expect(verifies(SECRET, sent[0])).toBe(true);
    const current = { sealed: sealSecret(sealer, endpoint.id, OTHER), createdAt: 2, until: null };
    const now = await ledger.jobs.readClock();
    const old = endpoint.secrets.map((secret) => ({ ...secret, until: now + 60_000 }));
    await changeEndpoint({ ledger }, endpoint, { secrets: [current, ...old] });
    await retry();
    expect([SECRET, OTHER].map((secret) => verifies(secret, sent[1]))).toEqual([true, true]);
    expect(sent[1]?.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    const over = old.map((secret) => ({ ...secret, until: now - 1 }));
    await changeEndpoint({ ledger }, endpoint, { secrets: [current, ...over] });
    const later = await putEndpointDelivery({ ledger }, endpoint);
    const { sent: last, sender } = playReceiver();
    await deliverTo(ledger, sender)(later);
    expect([SECRET, OTHER].map((secret) => verifies(secret, last[0]))).toEqual([false, true]);
  });

  test("a header is removed -> the next one comes without it; none can take the place of ours", async () => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const headers = { authorization: "Bearer gateway", "webhook-id": "forged" };
    await changeEndpoint({ ledger }, endpoint, {
      headerNames: Object.keys(headers),
      headers: sealHeaders(sealer, endpoint.id, headers),
    });
    const delivery = await putEndpointDelivery({ ledger }, endpoint);
    const { sent, sender } = playReceiver(answers.failed, answers.taken);
    const deliver = deliverTo(ledger, sender, { scheduleS: [0] });
    await deliver(delivery);
    await changeEndpoint({ ledger }, endpoint, { headerNames: [], headers: null });
    await deliver(delivery);
    expect(sent.map((each) => each.headers["authorization"])).toEqual(["Bearer gateway", undefined]);
    expect(sent.map((each) => each.headers["webhook-id"])).toEqual([delivery.eventId, delivery.eventId]);
  });

  test("disabled, and enabled again before the next one is due -> it goes on as if nothing had been", async () => {
    const { ledger, endpoint, sent, retry, read } = await retrying();
    await changeEndpoint({ ledger }, endpoint, disabled);
    await changeEndpoint({ ledger }, endpoint, { status: "enabled", disabledReason: null });
    await retry();
    expect(sent).toHaveLength(2);
    expect(await read()).toMatchObject({ status: "delivered", attempt: 2 });
  });

  test.each([
    ["disabled", "endpoint_disabled"],
    ["deleted", "endpoint_deleted"],
  ])("%s -> nothing is sent, and the delivery is aborted as %s", async (how, code) => {
    const { ledger, endpoint, sent, retry, read } = await retrying();
    if (how === "disabled") await changeEndpoint({ ledger }, endpoint, disabled);
    else await deleteEndpoint({ ledger }, endpoint);
    await retry();
    expect(sent).toHaveLength(1);
    expect(await read()).toMatchObject({ status: "aborted", lastError: code, attempt: 1 });
  });
});

describe("ENCRYPTION_KEY does not open the endpoint's secrets", () => {
  test.each([
    ["another key", createSealer([Buffer.alloc(32, 1)])],
    ["none", null],
  ])("%s -> no request, no attempt, an alarm; with the right one it is delivered", async (_, wrong) => {
    const ledger = openTestLedger();
    const endpoint = await putSealedEndpoint(ledger);
    const delivery = await putEndpointDelivery({ ledger }, endpoint);
    const { sent, sender } = playReceiver();
    const outcome = await deliverTo(ledger, sender, { sealer: wrong })(delivery);
    expect(outcome).toEqual({ as: "snooze", ms: 30_000 });
    expect(sent).toEqual([]);
    expect(await readDelivery({ ledger }, delivery.id)).toEqual(delivery);
    expect(await ledger.redis.exists(ledger.keys.endpointHealth(endpoint.id))).toBe(0);
    const told = ledger.logs.named("endpoint.locked");
    expect(told).toMatchObject([
      { delivery_id: delivery.id, message: expect.stringContaining("ENCRYPTION_KEY") },
    ]);
    await deliverTo(ledger, sender)(delivery);
    expect(await readDelivery({ ledger }, delivery.id)).toMatchObject({ status: "delivered", attempt: 1 });
  });
});

test("the worker dies between the end of a job and the waking of its deliveries -> rescue wakes that of each endpoint", async () => {
  const ledger = openTestLedger();
  const urls = ["https://one.example.com/in", "https://two.example.com/in"];
  for (const url of urls) await putSealedEndpoint(ledger, { url });
  const job = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  await ledger.jobs.changeJob(job.id, (each, now) => settleJob(each, { as: "canceled" }, now));
  await loseWakeUps(ledger);
  const deliveries = await ledger.deliveries.deliveriesOf(job.id);
  expect(deliveries.map(({ url }) => url).sort()).toEqual(urls);
  for (const { id } of deliveries) await ledger.hurry(id);
  const policy = { pollFirstMs: 10_000, recoveryMs: 86_400_000, holdMs: 600_000 };
  await rescueOverdue({ ...ledger, policy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS: [5] });
  expect(await liveEntries(ledger, "deliver")).toEqual(deliveries.map(({ id }) => `${id}-1`).sort());
  const { sent, sender } = playReceiver();
  await Promise.all(deliveries.map(deliverTo(ledger, sender)));
  expect(sent.map(({ url }) => url).sort()).toEqual(urls);
});
