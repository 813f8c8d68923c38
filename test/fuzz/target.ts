/**
 * What is attacked: an API on a real Redis with things of two tenants in every status, a key that was revoked, and a worker
 * that looks, so that all that the API can be asked has an answer. Nobody submits: nothing here may be bought.
 */
import { createHash } from "node:crypto";

import { z } from "zod";

import { createKeyStore } from "../../src/api/keys/key-store.ts";
import { note } from "../../src/shared/change.ts";
import { connectRedis } from "../../src/shared/store/redis.ts";
import { loadApiConfig } from "../../src/shared/config.ts";
import { createDueStore } from "../../src/worker/due.ts";
import { createHeartbeat } from "../../src/worker/heartbeat.ts";
import type { LookOutcome } from "../../src/worker/novita/classify.ts";
import { pollTask } from "../../src/worker/poll.ts";
import { startStage } from "../../src/worker/stages.ts";
import { MOST_ENDPOINTS } from "../../src/shared/endpoint.ts";
import { jobStatuses } from "../../src/shared/job.ts";
import type { JobStatus } from "../../src/shared/job.ts";
import { keysOf } from "../../src/shared/keys-of.ts";
import { takeTo } from "../api/support.ts";
import { ACME, ADMIN, GLOBEX, isReady, startApiWith } from "../support/api.ts";
import type { TestApi } from "../support/api.ts";
import { openLogBook } from "../support/log-book.ts";
import { fakeNovita } from "../support/novita.ts";
import { pollDeps } from "../support/stage.ts";

const MASTER = createHash("sha256").update("the master secret").digest("base64");
const SEAL = createHash("sha256").update("the key of the seals").digest("base64");

/** Words of each tenant that nobody else may ever read. */
export const ownWords = { acme: "acmes-own-words", globex: "globexs-own-words" };

/** What the requests of a batch may name. */
export type Stock = {
  jobs: string[];
  /** A job in each status. */
  acmes: Map<JobStatus, string>;
  globexs: Map<JobStatus, string>;
  /** The newest entry in the history of acme's job that has failed. */
  lastEvent: string;
  deliveries: string[];
  endpoints: string[];
  /** Where the first page of each list ended, by the list's path. */
  cursors: Map<string, string>;
};

export type Target = {
  api: TestApi;
  port: number;
  revokedKey: string;
  /** What no answer may hold. */
  secrets: string[];
  /** Makes new things in every status. */
  stockUp(): Promise<Stock>;
  /** The ids of all jobs that there are, by whether anything was ever begun for them. */
  readJobs(): Promise<{ id: string; attempts: number }[]>;
  close(): Promise<void>;
};

export async function openTarget(redisUrl: string, prefix: string): Promise<Target> {
  const api = await startApiWith({
    REDIS_URL: redisUrl,
    KEY_PREFIX: prefix,
    PORT: "0",
    API_KEYS: `acme:${ACME},globex:${GLOBEX}`,
    ADMIN_KEY: ADMIN,
    RATE_LIMIT_RPM: "10000000",
    MAX_QUEUED_PER_TENANT: "1000000",
    PRICES: "wan2.7-t2v:720P=0.10,wan2.7-t2v:1080P=0.15",
    WEBHOOK_SECRET: `whsec_${MASTER}`,
    ENCRYPTION_KEY: SEAL,
    // Nobody delivers here, so whoever tests an endpoint waits for nothing.
    WEBHOOK_TIMEOUT_MS: "1000",
  });
  await isReady(api);
  const revokedKey = await revokeOne(api);
  const worker = startLooking(api);
  return {
    api,
    port: Number(new URL(api.url).port),
    revokedKey,
    secrets: [ACME, GLOBEX, ADMIN, MASTER, SEAL, revokedKey],
    stockUp: () => stockUp(api),
    readJobs: () => readJobs(api),
    close: async () => {
      await worker.close();
      await api.close();
    },
  };
}

async function revokeOne({ ledger }: TestApi): Promise<string> {
  const store = createKeyStore(ledger.redis, ledger.keys);
  const { key, made } = await store.createKey("acme", null);
  await store.revokeKey(made.id);
  return key;
}

/** No record here is corrupt. */
const setAside = async (_id: string, error: Error): Promise<never> => Promise.reject(error);

/** The poll stage alone, with an upstream of many minds. */
function startLooking({ ledger, environment }: TestApi) {
  const { log } = openLogBook("worker");
  const redis = connectRedis(loadApiConfig(environment).REDIS_URL, "worker", log);
  let asked = 0;
  const minds: LookOutcome[] = [
    { kind: "missing" },
    { kind: "unavailable", message: "HTTP 502", retryAfterMs: null, alarm: false, upstream: null },
    { kind: "running", progress: 50, etaS: 10, known: true },
    { kind: "succeeded", video: { url: "https://files.example.com/v.mp4", type: "mp4", expiresAt: null } },
  ];
  const novita = fakeNovita({ look: () => minds[asked++ % minds.length] ?? { kind: "missing" } });
  const deps = pollDeps({ ...ledger, log }, { novita });
  const { hurry } = createDueStore(ledger.redis, ledger.keys);
  const own = { connection: redis, prefix: ledger.keys.queues, heartbeat: createHeartbeat(), hurry, log };
  const loop = startStage(
    { ...own, motor: ledger.motor, setAside },
    "poll",
    (entry) => pollTask(deps, entry),
    1000,
  );
  return {
    close: async () => {
      await loop.close();
      redis.disconnect();
    },
  };
}

async function stockUp(api: TestApi): Promise<Stock> {
  const acmes = await stockTenant(api, "acme", ACME);
  const globexs = await stockTenant(api, "globex", GLOBEX);
  const jobs = [...acmes.all, ...globexs.all];
  const deliveries = await Promise.all(jobs.map((id) => api.ledger.deliveries.deliveriesOf(id)));
  const endpoints = await Promise.all([
    stockEndpoints(api, ACME, MOST_ENDPOINTS),
    stockEndpoints(api, GLOBEX, 3),
  ]);
  const cursors = await Promise.all(lists.map((list) => firstCursor(api, ...list)));
  const history = await api.ledger.jobs.readHistory(acmes.byStatus.get("failed") ?? "");
  return {
    jobs,
    acmes: acmes.byStatus,
    globexs: globexs.byStatus,
    lastEvent: history.at(-1)?.id ?? "",
    deliveries: deliveries.flat().map(({ id }) => id),
    endpoints: endpoints.flat(),
    cursors: new Map(cursors),
  };
}

const lists: [path: string, key: string][] = [
  ["/v1/jobs", ACME],
  ["/v1/deliveries", ACME],
  ["/v1/events", ACME],
  ["/v1/admin/jobs", ADMIN],
  ["/v1/admin/audit", ADMIN],
];

async function firstCursor(api: TestApi, path: string, key: string): Promise<[string, string]> {
  const page = await api.call("GET", `${path}?limit=1`, { key });
  return [path, String(page.json["next"])];
}

async function stockTenant(api: TestApi, tenant: keyof typeof ownWords, key: string) {
  const words = ownWords[tenant];
  const body = {
    input: { prompt: words },
    webhook: { url: "https://hooks.example.com/in", events: ["job.*"] },
    metadata: { own: words },
    tags: ["spring"],
  };
  const make = async (status: JobStatus) => {
    const id = String((await api.post(body, { key })).json["id"]);
    await takeTo(api, id, status);
    return id;
  };
  const pairs = keysOf(jobStatuses).map(async (status): Promise<[JobStatus, string]> => [
    status,
    await make(status),
  ]);
  const byStatus = new Map(await Promise.all(pairs));
  const [stale, erased] = [await make("succeeded"), await make("succeeded")];
  await api.ledger.jobs.changeJob(stale, (job) =>
    note(job, { video: job.video && { ...job.video, expiresAt: 1 } }, null),
  );
  await api.call("DELETE", `/v1/jobs/${erased}`, { key });
  return { byStatus, all: [...byStatus.values(), stale, erased] };
}

/** As many endpoints as there shall be, with those that are there already, one of them disabled. */
async function stockEndpoints(api: TestApi, key: string, count: number): Promise<string[]> {
  const path = "/v1/webhook-endpoints";
  const read = async () => {
    const { json } = await api.call("GET", path, { key });
    return z.array(z.looseObject({ id: z.string() })).parse(json["data"]);
  };
  const missing = Math.max(0, count - (await read()).length);
  const body = { url: "https://hooks.example.com/endpoint" };
  await Promise.all(Array.from({ length: missing }, () => api.call("POST", path, { key, body })));
  const ids = (await read()).map(({ id }) => id);
  await api.call("POST", `${path}/${ids[0]}/disable`, { key });
  return ids;
}

async function readJobs({ ledger: { redis, keys, jobs } }: TestApi) {
  const start = keys.job("");
  const found = (await redis.keys(`${start}job_*`)).map((key) => key.slice(start.length));
  const ids = found.filter((id) => /^job_[0-9A-Z]{26}$/.test(id));
  const records = await Promise.all(ids.map((id) => jobs.readJob(id)));
  return records.flatMap((each) =>
    each ? [{ id: each.record.id, attempts: each.record.attempts.length }] : [],
  );
}
