// The dashboard as browsers and programs call it. Its pages are not documented, so calls go round the check of documents.
import { Worker } from "bullmq";
import { request } from "undici";
import { expect } from "vitest";
import type { Stage } from "../../../src/shared/queues.ts";
import { ADMIN, type Answer, type TestApi } from "../../support/api.ts";

export const BOARD = "/admin/queues";
export const SIGN_IN = "/admin/login";
export const SIGN_OUT = "/admin/logout";

export type Page = Pick<Answer, "status" | "headers" | "text">;

type Visit = {
  method?: "GET" | "POST";
  cookie?: string;
  headers?: Record<string, string>;
  /** Sent as a browser sends a form. */
  form?: Record<string, string>;
};

/** As a browser asks for a page; redirects are told, not followed. */
export async function visit(
  { url }: Pick<TestApi, "url">,
  path: string,
  { method = "GET", cookie, headers = {}, form }: Visit = {},
): Promise<Page> {
  const {
    statusCode,
    headers: told,
    body,
  } = await request(`${url}${path}`, {
    method,
    headers: {
      accept: "text/html,application/xhtml+xml,*/*;q=0.8",
      ...(cookie === undefined ? {} : { cookie }),
      ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      ...headers,
    },
    ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
  });
  return { status: statusCode, headers: told, text: await body.text() };
}

/** Fills in the form. */
export const tryKey = (api: Pick<TestApi, "url">, key: string, headers = {}): Promise<Page> =>
  visit(api, SIGN_IN, { method: "POST", form: { key }, headers });

/** Fills in the form with the operator's key and returns the session's cookie. */
export async function signIn(api: Pick<TestApi, "url">): Promise<string> {
  const answer = await tryKey(api, ADMIN);
  expect(answer.status).toBe(303);
  return cookieOf(answer);
}

/** What the browser keeps of the cookie, and sends back. */
export const cookieOf = ({ headers }: Page): string => String(headers["set-cookie"]).split(";")[0] ?? "";

export const WRONG = "wrong-key-0123456789abcdefg";

/** As bull-board's own page asks for the queues. */
export const queuesOf = (
  api: TestApi,
  options: { cookie?: string; key?: string | null; query?: string } = {},
) => {
  const { cookie, key = ADMIN, query = "" } = options;
  return api.call("GET", `${BOARD}/api/queues${query}`, { key, headers: cookie ? { cookie } : {} });
};

/** Has the next entry of a lane fail as one does whose step throws, and returns its id. */
export async function failEntry(api: TestApi, stage: Stage, error: Error): Promise<string> {
  const { redis, keys } = api.ledger;
  const worker = new Worker(stage, null, { connection: redis, prefix: keys.queues });
  const entry = await worker.getNextJob("token");
  await entry?.moveToFailed(error, "token");
  await worker.close();
  return entry?.id ?? "";
}
