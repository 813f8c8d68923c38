// What Onetake says that jobs cost, what it counts for its tenants, and what Novita's books show: to the micro-dollar.
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { makeKeys } from "../../src/shared/store/keys.ts";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import {
  acme,
  post,
  postJob,
  readJob,
  type Tenant,
  umbra,
  untilReady,
  type WireJob,
} from "./support/caller.ts";
import { startApi, startWorker } from "./support/program.ts";
import { type Servers, startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

/** The simulator's own. */
const PRICES = "wan2.7-t2v:720P=0.10,wan2.7-t2v:1080P=0.15";

type Job = { id: string; tenant: Tenant };

/** Two APIs and two workers that know the prices. */
async function startAll(wanted: Record<string, string>) {
  const servers = await startServers();
  const prefix = testPrefix();
  const places = { redis: servers.redis.url, novita: servers.simulator.url, prefix };
  const environment = settings(places, { PRICES, MAX_IN_FLIGHT: "50", ...wanted });
  const apis = await Promise.all([startApi(environment), startApi(environment)]);
  await Promise.all([
    startWorker(environment),
    startWorker(environment),
    ...apis.map(({ url }) => untilReady(url)),
  ]);
  return { servers, prefix, urls: apis.map(({ url }) => url) };
}

const untilSucceeded = (url: string, jobs: Job[]): Promise<WireJob[]> =>
  eventually(async () => {
    const now = await Promise.all(jobs.map(({ id, tenant }) => readJob(url, id, tenant)));
    expect(now.filter(({ status }) => status !== "succeeded")).toEqual([]);
    return now;
  }, 60_000);

/** Of all days: a test may run over midnight. */
async function spentBy({ redis: { url } }: Servers, prefix: string, { name }: Tenant): Promise<number> {
  const redis = new Redis(url);
  onTestFinished(() => redis.disconnect());
  const days = await redis.keys(makeKeys(prefix).spent(name, 0).replace(/0$/, "*"));
  const sums = await Promise.all(days.map((key) => redis.get(key)));
  return sums.reduce((sum, each) => sum + Number(each), 0);
}

const microsOf = (jobs: WireJob[]): number =>
  jobs.reduce((sum, { billing }) => sum + Math.round((billing.estimated ?? 0) * 1_000_000), 0);

test("40 jobs of two tenants, two sizes and many lengths, without a fault -> estimates, sums and Novita's charges agree", async () => {
  const { servers, prefix, urls } = await startAll({ DAILY_BUDGET_USD: "100" });
  const [url = ""] = urls;
  const jobs = await Promise.all(
    Array.from({ length: 40 }, async (_, n): Promise<Job> => {
      const tenant = n % 3 === 0 ? umbra : acme;
      const size = n % 2 === 0 ? "1280*720" : "1920*1080";
      const input = { prompt: `[[job:${prefix}-${n}]]`, size, duration: 2 + (n % 14) };
      return { id: await postJob(urls[n % 2] ?? "", { input }, tenant), tenant };
    }),
  );
  const after = await untilSucceeded(url, jobs);

  const { chargedMicros, submits } = servers.simulator.ledger.counters;
  expect(submits).toBe(40);
  expect(after.map(({ billing }) => billing.state)).toEqual(after.map(() => "billed"));
  expect(microsOf(after)).toBe(chargedMicros);
  const each = [acme, umbra].map((tenant) => microsOf(after.filter((_, n) => jobs[n]?.tenant === tenant)));
  expect(await Promise.all([acme, umbra].map((tenant) => spentBy(servers, prefix, tenant)))).toEqual(each);
  // Dear enough to tell one size and length from another.
  expect(chargedMicros).toBeGreaterThan(30_000_000);
});

test("50 POSTs at once and a budget for ten -> ten are charged, and no more when they are done", async () => {
  const { servers, prefix, urls } = await startAll({ DAILY_BUDGET_USD: "5.20" });
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => {
      const input = { prompt: `[[job:${prefix}]]`, size: "1280*720", duration: 5 };
      return post(urls[n % 2] ?? "", { input }, { idempotencyKey: `order-${n}` });
    }),
  );
  const accepted = answers.filter(({ status }) => status === 202);
  expect(accepted).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 402)).toHaveLength(40);
  const jobs = accepted.map(({ headers }) => ({
    id: String(headers["location"]).replace("/v1/jobs/", ""),
    tenant: acme,
  }));
  const after = await untilSucceeded(urls[0] ?? "", jobs);

  expect(servers.simulator.ledger.tasksOf(prefix)).toHaveLength(10);
  expect(servers.simulator.ledger.counters.chargedMicros).toBe(5_000_000);
  expect([microsOf(after), await spentBy(servers, prefix, acme)]).toEqual([5_000_000, 5_000_000]);
  const input = { prompt: `[[job:${prefix}]]`, size: "1280*720", duration: 5 };
  expect((await post(urls[0] ?? "", { input })).status).toBe(402);
});
