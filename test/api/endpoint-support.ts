// What the tests of the routes of webhook endpoints share.
import { expect, onTestFinished } from "vitest";
import { z } from "zod";

import { loadWorkerConfig } from "../../src/shared/config.ts";
import { buildReceiver } from "../../src/simulator/receiver.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { ADMIN, readyApi } from "../support/api.ts";
import type { Answer, Call, TestApi } from "../support/api.ts";
import { openLogBook } from "../support/log-book.ts";

export const ENDPOINTS = "/v1/webhook-endpoints";

export const HOOK = "https://hooks.example.com/endpoint";

export const anyEndpointId = expect.stringMatching(/^ep_[0-9A-HJKMNP-TV-Z]{26}$/);
export const anySecret = expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/);

/** An installation that cannot keep secrets. */
export const noSealKey = { ENCRYPTION_KEY: "" };

/** What a request and its repeats have in common. */
export const underKey = { headers: { "idempotency-key": "k" } };

/** Makes an endpoint, as a tenant does. */
export async function makeEndpoint(api: TestApi, body: object = {}, options: Call = {}) {
  const answer = await api.call("POST", ENDPOINTS, { body: { url: HOOK, ...body }, ...options });
  expect(answer.status).toBe(201);
  return { id: String(answer.json["id"]), secret: String(answer.json["secret"]), answer };
}

/** Acts on an endpoint: `enable`, `rotate-secret` and so on. */
export const act = (api: TestApi, id: string, verb: string, options: Call = {}): Promise<Answer> =>
  api.call("POST", `${ENDPOINTS}/${id}/${verb}`, options);

export const readEndpoint = async (api: TestApi, id: string): Promise<Answer["json"]> =>
  (await api.call("GET", `${ENDPOINTS}/${id}`)).json;

/** The ids of a tenant's endpoints. */
export async function listedIds(api: TestApi, options: Call = {}): Promise<string[]> {
  const { json } = await api.call("GET", ENDPOINTS, options);
  return z
    .array(z.looseObject({ id: z.string() }))
    .parse(json["data"])
    .map(({ id }) => id);
}

/** What a delivery came to, as the delivery log has it. */
export async function deliveriesTo(
  api: TestApi,
  endpointId: string,
  options: Call = {},
): Promise<Answer["json"][]> {
  const { json } = await api.call("GET", `/v1/deliveries?endpoint_id=${endpointId}`, options);
  return z.array(z.record(z.string(), z.unknown())).parse(json["data"]);
}

/** An API, a worker that delivers and buys nothing, and a receiver on this machine. */
export async function startAll(changes: Record<string, string> = {}) {
  const receiver = buildReceiver();
  onTestFinished(() => receiver.close());
  const hooks = await receiver.listen();
  const api = await readyApi({ WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8", ...changes });
  const logs = openLogBook("worker", "debug");
  const settings = { ...api.environment, NOVITA_API_KEY: "novita-key", WORKER_PORT: "0" };
  const worker = await startWorker(loadWorkerConfig(settings), logs.log);
  onTestFinished(() => worker.close());
  await api.call("POST", "/v1/admin/submissions/pause", { key: ADMIN });
  return { api, receiver, hooks, logs };
}
