// A tenant's rotated webhook secret, as the worker signs with it, judged by the reference library.
import { Webhook } from "standardwebhooks";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { loadWorkerConfig } from "../../src/shared/config.ts";
import { buildReceiver } from "../../src/simulator/receiver.ts";
import type { Receiver } from "../../src/simulator/receiver.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { passDay } from "../api/rotate-webhook-secret/support.ts";
import { makeJob } from "../api/support.ts";
import { GLOBEX, readyApi } from "../support/api.ts";
import type { TestApi } from "../support/api.ts";
import { openLogBook } from "../support/log-book.ts";

const masters = [7, 8].map((byte) => `whsec_${Buffer.alloc(32, byte).toString("base64")}`).join(",");

/** An API, a receiver, and two workers, of which either may deliver. */
async function startAll(changes = {}) {
  const receiver = buildReceiver();
  onTestFinished(() => receiver.close());
  const hooks = await receiver.listen();
  const api = await readyApi({ WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8", ...changes });
  const settings = { ...api.environment, NOVITA_API_KEY: "novita-key", WORKER_PORT: "0" };
  for (let n = 0; n < 2; n++) {
    const worker = await startWorker(loadWorkerConfig(settings), openLogBook("worker").log);
    onTestFinished(() => worker.close());
  }
  // Nothing is bought here.
  await api.call("POST", "/v1/admin/submissions/pause", { key: api.environment["ADMIN_KEY"] ?? "" });
  return { api, receiver, hooks };
}

const secretsOf = async (api: TestApi, key?: string) =>
  z
    .array(z.string())
    .parse((await api.call("GET", "/v1/webhook-secret", key ? { key } : {})).json["secrets"]);
const rotate = (api: TestApi) => api.call("POST", "/v1/webhook-secret/rotate");

/** An event of the tenant's, as it arrives. */
async function deliver({ api, receiver, hooks }: Awaited<ReturnType<typeof startAll>>, path: string) {
  const id = await makeJob(api, { input: { prompt: "a cat" }, webhook: { url: `${hooks}${path}` } });
  await api.call("POST", `/v1/jobs/${id}/cancel`);
  return receiver.waitFor((received) => received.path === path);
}

type Received = Receiver["received"][number];

function isVerifiedBy(secret: string, { headers, body }: Received): boolean {
  const own = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  try {
    new Webhook(secret).verify(body.toString(), Object.fromEntries(own));
    return true;
  } catch {
    return false;
  }
}

test("rotated -> the next delivery is verified by the new and by the old secret; a day later by the new one only", async () => {
  const all = await startAll();
  const [old = ""] = await secretsOf(all.api);
  expect(isVerifiedBy(old, await deliver(all, "/first"))).toBe(true);
  await rotate(all.api);
  const [current = "", ...others] = await secretsOf(all.api);
  expect(others).toEqual([old]);
  const overlapping = await deliver(all, "/second");
  expect([current, old].map((secret) => isVerifiedBy(secret, overlapping))).toEqual([true, true]);
  await passDay(all.api, "acme");
  const after = await deliver(all, "/third");
  expect([current, old].map((secret) => isVerifiedBy(secret, after))).toEqual([true, false]);
});

test("three rotations, two master secrets -> each of the 8 that GET lists verifies, in the header in their order; no one else's does", async () => {
  const all = await startAll({ WEBHOOK_SECRET: masters });
  for (let n = 0; n < 3; n++) await rotate(all.api);
  const secrets = await secretsOf(all.api);
  expect(new Set(secrets).size).toBe(8);
  const received = await deliver(all, "/event");
  const signatures = String(received.headers["webhook-signature"]).split(" ");
  expect(signatures).toHaveLength(8);
  const id = String(received.headers["webhook-id"]);
  const at = new Date(Number(received.headers["webhook-timestamp"]) * 1000);
  expect(secrets.map((secret) => new Webhook(secret).sign(id, at, received.body.toString()))).toEqual(
    signatures,
  );
  for (const foreign of await secretsOf(all.api, GLOBEX)) expect(isVerifiedBy(foreign, received)).toBe(false);
});
