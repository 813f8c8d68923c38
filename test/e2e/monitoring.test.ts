// What we ship to watch an installation with, on one that has seen traffic and faults: Prometheus finds both processes,
// every panel of the dashboard has something to show, and every alert finds what it looks at.
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { findFreePort } from "../../tools/free-port.ts";
import { readAlerts } from "../deploy/support/prometheus.ts";
import { readPanels } from "../deploy/support/dashboard.ts";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { type JobBody, postJob, readJob, untilReady } from "./support/caller.ts";
import { collectUndos } from "./support/on-end.ts";
import { startApi, startWorker } from "./support/program.ts";
import { hasNoPrometheus, type Prometheus, startPrometheus } from "./support/prometheus.ts";
import { type Servers, startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

const ADMIN_KEY = "operators-key-of-the-e2e-tests";
const SHOWN_WITHIN_MS = 60_000;
const POSTS_AGAIN_AFTER_MS = 500;

/** One job for each thing that can come of a paid request, of a look, and of a delivery. */
const TROUBLED: { orders: string; answers?: string; ends: string }[] = [
  { orders: "submit=RATE_LIMIT_EXCEEDEDx1:1", ends: "succeeded" },
  { orders: "submit=NOT_ENOUGH_BALANCEx2", ends: "succeeded" },
  { orders: "submit=ILLEGAL_PROMPT", ends: "failed" },
  { orders: "submit=drop", ends: "unconfirmed" },
  { orders: "poll=404x1", ends: "succeeded" },
  { orders: "poll=500x1", ends: "succeeded" },
  { orders: "end=failed:out of memory", ends: "failed" },
  { orders: "gen=100", answers: "500,204", ends: "succeeded" },
  { orders: "gen=100", answers: "500", ends: "succeeded" },
];

/** About what did not happen. */
const INACTIVE = new Set(
  "NoApi NoWorker ProcessDown RedisDown RedisAofOff RedisAofWriteFailing OrphanTask".split(" "),
);

describe.skipIf(hasNoPrometheus)("Prometheus, with our configuration", () => {
  const { onEnd, undoAll } = collectUndos();
  const stopped = new AbortController();
  let servers: Servers;
  let prometheus: Prometheus;
  let api = "";

  beforeAll(async () => {
    servers = await startServers(onEnd);
    const prefix = testPrefix();
    const places = { redis: servers.redis.url, novita: servers.simulator.url, prefix };
    const environment = settings(places, { ADMIN_KEY, RESCUE_INTERVAL_S: "1", WEBHOOK_RETRY_SCHEDULE: "1" });
    api = (await startApi(environment, onEnd)).url;
    await untilReady(api);
    const port = String(await findFreePort());
    const urls = { "onetake-api": api, "onetake-worker": `http://127.0.0.1:${port}` };
    prometheus = await startPrometheus(urls, ADMIN_KEY, onEnd);
    // What is counted before it is first asked would be no increase.
    await untilUp("onetake-api");
    await loseWakeUp(prefix);
    await startWorker({ ...environment, WORKER_PORT: port }, onEnd);
    await untilUp("onetake-worker");
    await makeTrouble();
    const traffic = keepPosting();
    onEnd(async () => {
      stopped.abort();
      await traffic;
    });
  });

  afterAll(undoAll);

  test("targets -> the API and the worker answer", async () => {
    await eventually(async () => {
      const found = (await prometheus.targets()).map(({ scrapePool, health, lastError }) => ({
        scrapePool,
        health,
        lastError,
      }));
      const up = { health: "up", lastError: "" };
      expect(found.sort((a, b) => a.scrapePool.localeCompare(b.scrapePool))).toEqual([
        { scrapePool: "onetake-api", ...up },
        { scrapePool: "onetake-worker", ...up },
      ]);
    }, SHOWN_WITHIN_MS);
  });

  test("every query of every panel -> has something to show", async () => {
    const panels = await readPanels();
    const queries = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
    expect(queries.length).toBeGreaterThan(50);
    await eventually(async () => {
      const samples = await Promise.all(queries.map(({ expr }) => ask(expr)));
      // What cannot be computed, as the quantile of nothing, comes as NaN.
      const empty = queries.filter(
        (_, index) => !samples[index]?.some(({ value }) => Number.isFinite(value)),
      );
      expect(empty).toEqual([]);
    }, SHOWN_WITHIN_MS);
  });

  test.each([
    {
      title: "Paid requests a minute, by outcome",
      label: "outcome",
      names: ["accepted", "blocked", "deferred", "refused", "unknown"],
    },
    {
      title: "Requests a minute, by operation and outcome",
      label: "outcome",
      names: ["failed", "missing", "running", "succeeded", "unavailable"],
    },
    { title: "Attempts a minute, by outcome", label: "outcome", names: ["delivered"] },
    { title: "Jobs accepted and ended a minute", label: "status", names: ["failed", "succeeded"] },
    {
      title: "Failures a minute, by error code",
      label: "error_code",
      names: ["content_rejected", "generation_failed"],
    },
  ])("$title -> tells $names apart", async ({ title, label, names }) => {
    await eventually(async () => {
      const samples = await samplesOf(title);
      expect(samples.map(({ labels }) => labels[label])).toEqual(expect.arrayContaining(names));
    }, SHOWN_WITHIN_MS);
  });

  test.each([
    { title: "Unconfirmed", because: "one submission was lost" },
    { title: "Breaker openings", because: "the wallet was empty once" },
    { title: "Given up", because: "a receiver always fails" },
    { title: "Rescued", because: "a wake-up was lost" },
    { title: "Log lines a minute, by level", because: "there was trouble" },
  ])("$title, when $because -> more than nothing", async ({ title }) => {
    await eventually(async () => {
      const samples = await samplesOf(title);
      expect(samples.some(({ value }) => value > 0)).toBe(true);
    }, SHOWN_WITHIN_MS);
  });

  test("every alert -> is evaluated without an error", async () => {
    const alerts = await readAlerts();
    await eventually(async () => {
      const rules = await prometheus.rules();
      expect(rules.map(({ name }) => name).sort()).toEqual(alerts.map(({ alert }) => alert).sort());
      expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
    }, SHOWN_WITHIN_MS);
  });

  test("what the alerts look at -> is there under these names and labels", async () => {
    const selectors = new Set((await readAlerts()).flatMap(({ expr }) => selectorsIn(expr)));
    expect(selectors.size).toBeGreaterThan(20);
    await eventually(async () => {
      const found = await Promise.all(
        [...selectors].map(async (one) => ({ one, is: await prometheus.query(one) })),
      );
      expect(found.filter(({ is }) => is.length === 0).map(({ one }) => one)).toEqual([]);
    }, SHOWN_WITHIN_MS);
  });

  test("an unconfirmed job and errors in the log -> their alerts wake up, and alerts about what did not happen stay inactive", async () => {
    await eventually(async () => {
      const rules = await prometheus.rules();
      const awake = rules.filter(({ state }) => state !== "inactive").map(({ name }) => name);
      expect(awake).toEqual(expect.arrayContaining(["JobsUnconfirmed", "ErrorsLogged", "DeliveriesGivenUp"]));
      expect(awake.filter((name) => INACTIVE.has(name))).toEqual([]);
    }, SHOWN_WITHIN_MS);
  });

  test("Redis does not answer -> both processes say so, and show nothing old in its name", async () => {
    await servers.redis.kill("SIGSTOP");
    onTestFinished(async () => await servers.redis.kill("SIGCONT"));
    await eventually(async () => {
      expect((await prometheus.query("onetake_redis_up")).map(({ value }) => value)).toEqual([0, 0]);
      expect(await prometheus.query("onetake_jobs")).toEqual([]);
    }, SHOWN_WITHIN_MS);
  });

  /** Over a time that all of this fits into. */
  const ask = (expr: string) => prometheus.query(expr.replaceAll("$__rate_interval", "10m"));

  async function untilUp(name: string): Promise<void> {
    await eventually(async () => {
      const [sample] = await prometheus.query(`up{job="${name}"}`);
      if (sample?.value !== 1) throw new Error(`${name} is not up`);
    }, SHOWN_WITHIN_MS);
  }

  async function samplesOf(wanted: string) {
    const panel = (await readPanels()).find(({ title }) => title === wanted);
    if (!panel) throw new Error(`there is no panel ${wanted}`);
    return (await Promise.all(panel.targets.map(({ expr }) => ask(expr)))).flat();
  }

  /** A job whose queue entry is gone before a worker sees it. */
  async function loseWakeUp(prefix: string): Promise<void> {
    await postJob(api, job(""));
    const redis = new Redis(servers.redis.url);
    await redis.del(await redis.keys(`{${prefix}}:submit:*`));
    redis.disconnect();
  }

  /** One after the other: of three unknown outcomes in a row the breaker would make a trouble of its own. */
  async function makeTrouble(): Promise<void> {
    for (const { orders, answers, ends } of TROUBLED) {
      const id = await postJob(api, job(`[[sim:${orders}]]`, answers));
      await eventually(async () => expect((await readJob(api, id)).status).toBe(ends), 30_000);
    }
  }

  /** A rate needs something that goes on. */
  async function keepPosting(): Promise<void> {
    while (!stopped.signal.aborted) {
      const id = await postJob(api, job("[[sim:gen=300]]")).catch(() => null);
      await (id === null ? pause() : untilSucceeded(id).catch(() => {}));
    }
  }

  const untilSucceeded = (id: string) =>
    eventually(async () => expect((await readJob(api, id)).status).toBe("succeeded"));

  /** An API that is not there refuses at once. */
  const pause = () => delay(POSTS_AGAIN_AFTER_MS, undefined, { signal: stopped.signal }).catch(() => {});

  const job = (orders: string, answers = "204"): JobBody => ({
    input: { prompt: `A lighthouse ${orders}` },
    webhook: { url: `${servers.receiver.url}/told?answer=${answers}` },
  });
});

/** What an expression reads, without the time it reads over; what needs a fault of the API's own is left out. */
function selectorsIn(expr: string): string[] {
  const found = expr.matchAll(/\b((?:onetake|nodejs|process)_\w+|up)(\{[^}]*\})?/g);
  return Array.from(found, ([selector]) => selector).filter((selector) => !selector.includes("5.."));
}
