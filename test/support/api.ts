// The API on a real Redis, called over real HTTP; and a ledger of the test's own to look behind its answers.
import { request, type Dispatcher } from "undici";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { startApi } from "../../src/api/api.ts";
import { loadApiConfig } from "../../src/shared/config.ts";
import { openLedger, type Ledger } from "../../src/shared/store/ledger.ts";
import { closeRedis, connectRedis } from "../../src/shared/store/redis.ts";
import { checkAnswer } from "./documented.ts";
import { eventually } from "./eventually.ts";
import { openLogBook, type LogBook } from "./log-book.ts";
import { redisUrl, testPrefix } from "./redis.ts";

/** Two tenants, one of which has two keys, and the operator. */
export const ACME = "acme-key-0123456789abcdef";
export const ACME_SECOND = "acme-second-0123456789abcdef";
export const GLOBEX = "globex-key-0123456789abcdef";
export const ADMIN = "admin-key-0123456789abcdef";

export type Call = {
  /** null sends no Authorization header; the default is ACME's key. */
  key?: string | null;
  headers?: Record<string, string | string[]>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, with the content type that `headers` names. */
  raw?: string | Buffer;
  /** Ends the call as a caller does who goes. */
  signal?: AbortSignal;
};

export type Answer = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** The body as a JSON object; throws when it is none. */
  json: Record<string, unknown>;
  ms: number;
};

export type TestApi = {
  url: string;
  prefix: string;
  environment: Record<string, string>;
  logs: LogBook;
  ledger: Ledger;
  call(method: Dispatcher.HttpMethod, path: string, options?: Call): Promise<Answer>;
  /** `POST /v1/jobs`. */
  post(body: unknown, options?: Call): Promise<Answer>;
  close(): Promise<void>;
};

const JsonObject = z.record(z.string(), z.unknown());

/** Variables of a working API under a prefix of its own; `changes` go over them. */
export function apiEnvironment(changes: Record<string, string> = {}): Record<string, string> {
  return {
    REDIS_URL: redisUrl(),
    KEY_PREFIX: testPrefix(),
    PORT: "0",
    API_KEYS: `acme:${ACME},globex:${GLOBEX},acme:${ACME_SECOND}`,
    ADMIN_KEY: ADMIN,
    RATE_LIMIT_RPM: "1000000",
    WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
    ENCRYPTION_KEY: Buffer.alloc(32, 9).toString("base64"),
    ...changes,
  };
}

/** Closed by whoever starts it. Does not wait for Redis. */
export const startTestApi = (changes: Record<string, string> = {}): Promise<TestApi> =>
  startApiWith(apiEnvironment(changes));

/** The same with all of its variables given, for programs that are no tests. */
export async function startApiWith(environment: Record<string, string>): Promise<TestApi> {
  const config = loadApiConfig(environment);
  const logs = openLogBook("api");
  const api = await startApi(config, logs.log);
  const redis = connectRedis(config.REDIS_URL, "worker", openLogBook("worker").log);
  const ledger = openLedger(redis, config, openLogBook("worker").log);
  const call = caller(api.url);
  return {
    url: api.url,
    prefix: config.KEY_PREFIX,
    environment,
    logs,
    ledger,
    call,
    post: (body, options) => call("POST", "/v1/jobs", { body, ...options }),
    close: async () => {
      await api.close();
      await ledger.motor.close();
      await closeRedis(redis);
    },
  };
}

/** Started, ready, and closed with the test. */
export async function readyApi(changes: Record<string, string> = {}): Promise<TestApi> {
  const api = await startTestApi(changes);
  onTestFinished(() => api.close());
  await isReady(api);
  return api;
}

/** Resolves when the API answers 200 on /readyz. */
export async function isReady(api: Pick<TestApi, "call">): Promise<void> {
  await eventually(async () => {
    const { status } = await api.call("GET", "/readyz");
    if (status !== 200) throw new Error(`/readyz answers ${status}`);
  });
}

/** Calls the API at `url` and reads the whole answer. Throws when it is not one that the route documents. */
export function caller(url: string): TestApi["call"] {
  return async (method, path, { key = ACME, headers = {}, body, raw, signal = null } = {}) => {
    const startedAt = performance.now();
    const answer = await request(`${url}${path}`, {
      method,
      signal,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(raw === undefined ? {} : { body: raw }),
    });
    const text = await answer.body.text();
    checkAnswer(method, path, { status: answer.statusCode, headers: answer.headers, text });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text,
      get json() {
        return JsonObject.parse(JSON.parse(text));
      },
      ms: performance.now() - startedAt,
    };
  };
}
