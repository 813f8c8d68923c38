// POST /v1/webhook-endpoints/{id}/test with a worker that delivers.
import { expect, test } from "vitest";
import { z } from "zod";

import { startReceiver } from "../../worker/receiver.ts";
import { act, deliveriesTo, makeEndpoint, readEndpoint, startAll, underKey } from "../endpoint-support.ts";
import { isVerifiedBy } from "../rotate-endpoint-secret/support.ts";
import { anyIso } from "../support.ts";

const Body = z.strictObject({
  type: z.literal("webhook.test"),
  id: z.string(),
  timestamp: z.string(),
  data: z.strictObject({ endpoint: z.record(z.string(), z.unknown()) }),
});

test("it is taken -> 200 with the delivery and its attempt; what came is signed, tells of the endpoint, and went nowhere else", async () => {
  const { api, receiver, hooks } = await startAll();
  const { id, secret } = await makeEndpoint(api, { url: `${hooks}/tested`, events: ["job.failed"] });
  const other = await makeEndpoint(api, { url: `${hooks}/other` });
  const answer = await act(api, id, "test");
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({
    object: "delivery",
    job_id: null,
    endpoint_id: id,
    event_type: "webhook.test",
    status: "delivered",
    attempts_made: 1,
    attempts: [{ n: 1, at: anyIso, status: 204, duration_ms: expect.any(Number), error_code: null }],
  });
  const [received, ...more] = receiver.received;
  expect(more).toEqual([]);
  if (!received) throw new Error("Nothing came.");
  expect(isVerifiedBy(secret, received)).toBe(true);
  const body = Body.parse(JSON.parse(received.body.toString()));
  expect(body.id).toBe(answer.json["event_id"]);
  expect(body.data.endpoint).toEqual({
    id,
    url: `${hooks}/tested`,
    status: "enabled",
    disabled_reason: null,
    disabled_at: null,
    failing_since: null,
  });
  expect(await deliveriesTo(api, other.id)).toEqual([]);
  expect(api.logs.named("endpoint.test")).toMatchObject([{ tenant: "acme", subject: id }]);
});

test("it is refused -> 200 that shows status, code and what was said; once, and the endpoint's health is as before", async () => {
  const { api } = await startAll();
  const { port, sockets } = await startReceiver("http", (_request, response) =>
    response.writeHead(500).end("the shop is closed"),
  );
  const { id } = await makeEndpoint(api, { url: `http://127.0.0.1:${port}/` });
  const answer = await act(api, id, "test");
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({
    status: "failed",
    last_status: 500,
    next_attempt_at: null,
    attempts: [{ status: 500, error_code: "http_error", snippet: "the shop is closed" }],
  });
  expect(sockets).toHaveLength(1);
  expect(await readEndpoint(api, id)).toMatchObject({ status: "enabled", failing_since: null });
});

test("410 -> shown, and the endpoint stays enabled: a test says nothing about it", async () => {
  const { api } = await startAll();
  const { port } = await startReceiver("http", (_request, response) => response.writeHead(410).end());
  const { id } = await makeEndpoint(api, { url: `http://127.0.0.1:${port}/` });
  const answer = await act(api, id, "test");
  expect(answer.json).toMatchObject({ status: "aborted", last_status: 410, last_error: "gone" });
  expect((await readEndpoint(api, id))["status"]).toBe("enabled");
});

test("a disabled endpoint -> is tested all the same, and stays disabled", async () => {
  const { api, hooks } = await startAll();
  const { id } = await makeEndpoint(api, { url: `${hooks}/off` });
  await act(api, id, "disable");
  expect((await act(api, id, "test")).json["status"]).toBe("delivered");
  expect((await readEndpoint(api, id))["status"]).toBe("disabled");
});

test("one after the other -> each is sent; repeated under one key -> the same delivery, sent once", async () => {
  const { api, receiver, hooks } = await startAll();
  const { id } = await makeEndpoint(api, { url: `${hooks}/often` });
  const answers = [];
  for (const options of [{}, {}, underKey, underKey]) answers.push(await act(api, id, "test", options));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(answers.map(({ headers }) => headers["idempotent-replayed"])).toEqual([
    undefined,
    undefined,
    undefined,
    "true",
  ]);
  expect(answers[3]?.json).toEqual(answers[2]?.json);
  expect(new Set(answers.map(({ json }) => json["id"])).size).toBe(3);
  expect(receiver.received).toHaveLength(3);
});

test("is nobody's news -> not in the tenant's feed", async () => {
  const { api, hooks } = await startAll();
  const { id } = await makeEndpoint(api, { url: `${hooks}/feed` });
  await act(api, id, "test");
  expect(await api.ledger.redis.exists(api.ledger.keys.feed("acme"))).toBe(0);
});
