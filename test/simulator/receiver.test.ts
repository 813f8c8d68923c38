import { Webhook } from "standardwebhooks";
import { expect, it, onTestFinished } from "vitest";
import { buildReceiver, type Receiver } from "../../src/simulator/receiver.ts";
import { call } from "./support.ts";

it("a request to any path -> 204, kept as its very bytes", async () => {
  const receiver = await startReceiver({ clock: () => 1_700_000_000_000 });
  const body = Buffer.from('{ "a" : 1,\n"b":"\u00e9" }');
  const headers = { "content-type": "application/json", "webhook-id": "evt_1" };
  expect(await call(`${receiver.url}/hook?x=1`, { method: "POST", headers, body })).toMatchObject({
    status: 204,
  });
  expect(receiver.received).toMatchObject([
    { at: 1_700_000_000_000, method: "POST", path: "/hook?x=1", headers: { "webhook-id": "evt_1" } },
  ]);
  expect(receiver.received[0]?.body.equals(body)).toBe(true);
});

it("a signed delivery -> what was kept can be verified", async () => {
  const receiver = await startReceiver();
  const webhook = new Webhook(`whsec_${Buffer.alloc(24, 7).toString("base64")}`);
  const at = new Date();
  const body = '{"type":"job.succeeded"}';
  const headers = {
    "webhook-id": "evt_1",
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": webhook.sign("evt_1", at, body),
  };
  await call(`${receiver.url}/hook`, { method: "POST", headers, body });
  const [kept] = receiver.received;
  expect(webhook.verify(kept?.body ?? "", headers)).toEqual({ type: "job.succeeded" });
});

it("a plan in the query -> answers in order, the last one for ever, each URL for itself", async () => {
  const receiver = await startReceiver();
  const url = `${receiver.url}/hook?answer=500,503,200`;
  const statuses = [];
  for (let n = 0; n < 4; n += 1) statuses.push((await call(url, { method: "POST" })).status);
  expect(statuses).toEqual([500, 503, 200, 200]);
  expect(await call(`${url}&b=2`, { method: "POST" })).toMatchObject({ status: 500 });
});

it.each([
  ["status=410", { status: 410 }],
  ["status=429&retry_after=7", { status: 429, headers: { "retry-after": "7" } }],
  ["location=http://127.0.0.1:1/", { status: 302, headers: { location: "http://127.0.0.1:1/" } }],
  ["answer=307&location=/x", { status: 307, headers: { location: "/x" } }],
  ["status=200&body=hello", { status: 200, text: "hello" }],
  ["delay=5", { status: 204 }],
])("?%s -> %o", async (query, expected) => {
  const receiver = await startReceiver();
  expect(await call(`${receiver.url}/hook?${query}`, { method: "POST" })).toMatchObject(expected);
});

it("drop and hang in a plan -> no answer, but the request is kept", async () => {
  const receiver = await startReceiver();
  const url = `${receiver.url}/hook?answer=drop,hang`;
  await expect(call(url, { method: "POST" })).rejects.toMatchObject({ code: "ECONNRESET" });
  await expect(call(url, { method: "POST", timeoutMs: 200 })).rejects.toMatchObject({ name: "TimeoutError" });
  expect(receiver.received).toHaveLength(2);
});

it("a plan that is no plan -> 400 that says so", async () => {
  const receiver = await startReceiver();
  expect(await call(`${receiver.url}/hook?answer=teapot`, { method: "POST" })).toMatchObject({ status: 400 });
  expect(await call(`${receiver.url}/hook?delay=soon`, { method: "POST" })).toMatchObject({ status: 400 });
});

it("a plan set by code -> obeyed by URLs without their own", async () => {
  const receiver = await startReceiver();
  receiver.answerWith({ status: 500, headers: { "retry-after": "1" }, body: "no" }, { status: 200 });
  const reply = await call(receiver.url, { method: "POST" });
  expect(reply).toMatchObject({ status: 500, headers: { "retry-after": "1" }, text: "no" });
  expect(await call(`${receiver.url}?status=410`, { method: "POST" })).toMatchObject({ status: 410 });
  expect(await call(receiver.url, { method: "POST" })).toMatchObject({ status: 200 });
  expect(await call(receiver.url, { method: "POST" })).toMatchObject({ status: 200 });
});

it("waitFor -> resolves with what came before and with what comes later", async () => {
  const receiver = await startReceiver();
  const later = receiver.waitFor(({ path }) => path === "/b");
  await call(`${receiver.url}/a`, { method: "POST" });
  await call(`${receiver.url}/b`, { method: "POST" });
  expect(await later).toMatchObject({ path: "/b" });
  expect(await receiver.waitFor(({ path }) => path === "/a")).toMatchObject({ path: "/a" });
});

it("waitFor what never comes -> an error that tells what came instead", async () => {
  const receiver = await startReceiver();
  await call(`${receiver.url}/a`, { method: "POST" });
  await expect(receiver.waitFor(({ path }) => path === "/b", 5)).rejects.toThrow("POST /a");
});

it("waitFor on a receiver that closes -> an error at once", async () => {
  const receiver = await startReceiver();
  const waiting = receiver.waitFor(() => true, 60_000);
  await Promise.all([expect(waiting).rejects.toThrow("closed"), receiver.close()]);
});

it("GET /received and POST /reset -> what came, then nothing, and plans start over", async () => {
  const receiver = await startReceiver();
  const url = `${receiver.url}/hook?answer=500,200`;
  await call(url, { method: "POST", body: "hi" });
  expect(await call(`${receiver.url}/received`)).toMatchObject({
    json: { received: [{ method: "POST", path: "/hook?answer=500,200", body: "hi", body_base64: "aGk=" }] },
  });
  expect(await call(`${receiver.url}/reset`, { method: "POST" })).toMatchObject({ status: 204 });
  expect(await call(`${receiver.url}/received`)).toMatchObject({ json: { received: [] } });
  expect(await call(url, { method: "POST" })).toMatchObject({ status: 500 });
});

async function startReceiver(options: Parameters<typeof buildReceiver>[0] = {}): Promise<Receiver> {
  const receiver = buildReceiver(options);
  onTestFinished(() => receiver.close());
  await receiver.listen();
  return receiver;
}
