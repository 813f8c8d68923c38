// A backend that uses Onetake: it posts jobs, reads them, and checks the webhooks that it gets.
import { createHmac } from "node:crypto";
import { request } from "undici";
import { Webhook } from "standardwebhooks";
import { z } from "zod";
import { eventually } from "../../support/eventually.ts";
import type { Received } from "../../../src/simulator/mailbox.ts";

const ANSWER_WITHIN_MS = 20_000;

const WireJob = z.looseObject({
  id: z.string(),
  status: z.string(),
  attempts: z.number(),
  tasks: z.array(z.string()),
  video: z.looseObject({ url: z.string() }).nullable(),
  error: z.looseObject({ code: z.string() }).nullable(),
  billing: z.looseObject({ state: z.string(), estimated: z.number().nullable() }),
});
export type WireJob = z.infer<typeof WireJob>;

const WireEvent = z.looseObject({
  type: z.string(),
  id: z.string(),
  data: z.looseObject({ job: WireJob }),
});
export type WireEvent = z.infer<typeof WireEvent>;

const WireHistory = z.looseObject({
  data: z.array(
    z.looseObject({
      at: z.string(),
      type: z.string(),
      version: z.number(),
      status: z.string(),
      transition: z.string().optional(),
    }),
  ),
});
export type HistoryEntry = z.infer<typeof WireHistory>["data"][number];

export type Answer = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
};

export type Tenant = { name: string; key: string };

/** What an operator configures, and a test needs to know: never read from the product. */
export const acme: Tenant = { name: "acme", key: "key-of-acme-for-the-e2e-tests" };
export const umbra: Tenant = { name: "umbra", key: "key-of-umbra-for-the-e2e-tests" };
export const masterKey = Buffer.alloc(32, "e2e master key ");

export type JobBody = {
  input: { prompt: string; size?: string; duration?: number };
  webhook?: { url: string };
  timeout_s?: number;
  start_timeout_s?: number;
  on_unconfirmed?: "hold" | "fail" | "resubmit";
};

/** POSTs a job as it stands. */
export async function post(
  api: string,
  body: JobBody,
  { tenant = acme, idempotencyKey }: { tenant?: Tenant; idempotencyKey?: string } = {},
): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${tenant.key}`,
    "content-type": "application/json",
    ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
  };
  return call(`${api}/v1/jobs`, { method: "POST", headers, body: JSON.stringify(body) });
}

/** POSTs what a caller decides about a job: `cancel`, `retry`, `resolve`. */
export async function act(
  api: string,
  { id, verb, body = {} }: { id: string; verb: string; body?: object },
  { tenant = acme, idempotencyKey }: { tenant?: Tenant; idempotencyKey?: string } = {},
): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${tenant.key}`,
    "content-type": "application/json",
    ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
  };
  return call(`${api}/v1/jobs/${id}/${verb}`, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Posts a job that must be accepted, and returns its id. */
export async function postJob(api: string, body: JobBody, tenant = acme): Promise<string> {
  const answer = await post(api, body, { tenant });
  if (answer.status !== 202)
    throw new Error(`POST answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return WireJob.parse(answer.body).id;
}

/** GETs a job, whatever the answer is. */
export const getJob = (api: string, id: string, tenant = acme): Promise<Answer> =>
  call(`${api}/v1/jobs/${id}`, { headers: { authorization: `Bearer ${tenant.key}` } });

export async function readJob(api: string, id: string, tenant = acme): Promise<WireJob> {
  const answer = await getJob(api, id, tenant);
  if (answer.status !== 200) throw new Error(`GET answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return WireJob.parse(answer.body);
}

/** What happened to a job, oldest first. */
export async function readHistory(api: string, id: string, tenant = acme): Promise<HistoryEntry[]> {
  const headers = { authorization: `Bearer ${tenant.key}` };
  const answer = await call(`${api}/v1/jobs/${id}/events`, { headers });
  if (answer.status !== 200) throw new Error(`GET answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return WireHistory.parse(answer.body).data;
}

export const get = (url: string): Promise<Answer> => call(url, {});

/** Waits for the `/readyz` of an API or a worker. */
export async function untilReady(url: string, withinMs = 20_000): Promise<void> {
  await eventually(async () => {
    const { status } = await get(`${url}/readyz`);
    if (status !== 200) throw new Error(`/readyz answers ${status}`);
  }, withinMs);
}

async function call(
  url: string,
  options: { method?: "POST"; headers?: Record<string, string>; body?: string },
): Promise<Answer> {
  const answer = await request(url, { ...options, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  const text = await answer.body.text();
  return { status: answer.statusCode, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
}

/** The secret of a tenant, made as the contract says and not by the product's own code. */
export function secretOf(tenant: string): string {
  return `whsec_${createHmac("sha256", masterKey).update(`onetake/webhook/${tenant}`).digest("base64")}`;
}

/** Checks the signature with the standard's own library, and that the header names the event in the body. */
export const verify = (received: Received, tenant = acme): WireEvent =>
  verifyBy(received, secretOf(tenant.name));

/** The same with the secret of an endpoint. */
export function verifyBy({ headers, body }: Received, secret: string): WireEvent {
  const fields = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const event = WireEvent.parse(new Webhook(secret).verify(body, fields));
  if (event.id !== fields["webhook-id"])
    throw new Error(`the header says ${fields["webhook-id"]}, not ${event.id}`);
  return event;
}
