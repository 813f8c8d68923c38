// Redis is wiped, or comes back as it was some time ago: what it calls queued is bought already. Nothing is bought until the
// operator has reconciled and resumed; then each job has been paid for exactly once.
import { spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { request } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { postJob, readJob, untilReady } from "./support/caller.ts";
import { type Program, startApi, startWorker } from "./support/program.ts";
import { type Servers, startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ADMIN_KEY = "operator-key-for-the-e2e-tests";
const QUEUED = ["queued-1", "queued-2", "queued-3"];
/** At the time of the backup one task runs, one request is on its way, and one webhook is refused. */
const BEGUN = ["running", "hanging", "untold"];

const Pause = z.looseObject({
  paused: z.boolean(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
});

type Installation = {
  servers: Servers;
  environment: Record<string, string>;
  api: Program;
  /** Every worker that there was, for its log. */
  workers: Program[];
  /** Job ids by name. */
  ids: Map<string, string>;
};

async function startInstallation(changes: Record<string, string> = {}): Promise<Installation> {
  const servers = await startServers();
  const places = { redis: servers.redis.url, novita: servers.simulator.url, prefix: testPrefix() };
  const environment = settings(places, { ADMIN_KEY, ...changes });
  const api = await startApi(environment);
  await untilReady(api.url);
  return { servers, environment, api, workers: [], ids: new Map() };
}

async function addWorker({ environment, workers }: Installation): Promise<Program> {
  const worker = await startWorker(environment);
  workers.push(worker);
  return worker;
}

async function post({ api, servers, ids }: Installation, name: string, faults = "", query = "") {
  const webhook = { url: `${servers.receiver.url}/${name}${query}` };
  ids.set(name, await postJob(api.url, { input: { prompt: `[[job:${name}]] ${faults}` }, webhook }));
}

const statusOf = async ({ api, ids }: Installation, name: string): Promise<string> =>
  (await readJob(api.url, ids.get(name) ?? "")).status;

async function operator({ api }: Installation, method: "GET" | "POST", path: string, body?: object) {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" };
  const sent = body === undefined ? null : JSON.stringify(body);
  const answer = await request(`${api.url}${path}`, { method, headers, body: sent });
  return { status: answer.statusCode, body: await answer.body.json() };
}

const readPause = async (all: Installation) =>
  Pause.parse((await operator(all, "GET", "/v1/admin/submissions")).body);

const tasksBy = ({ servers }: Installation, names: string[]): number[] =>
  names.map((name) => servers.simulator.ledger.tasksOf(name).length);

/** How often this worker has found that Redis forgot, by how. */
async function metricOf({ url }: Program, what: string): Promise<number> {
  const answer = await request(`${url}/metrics`);
  const found = new RegExp(`^onetake_redis_forgot_total\\{what="${what}"\\} (\\d+)$`, "m");
  return Number(found.exec(await answer.body.text())?.[1]);
}

/** `npm run reconcile`, with the logs of all workers. */
async function reconcile({ api, workers }: Installation, ...words: string[]) {
  const env = { PATH: process.env["PATH"] ?? "", API: api.url, ADMIN_KEY };
  const child = spawn(process.execPath, ["tools/reconcile.ts", ...words], { cwd: ROOT, env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  child.stdin.end(workers.flatMap(({ log }) => log.map((line) => `${JSON.stringify(line)}\n`)).join(""));
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, lines: output.split("\n").filter(Boolean) };
}

/** Lives until there is something of everything, and copies Redis' data away. Returns what brings them back. */
async function backUp(all: Installation): Promise<() => Promise<void>> {
  const { redis } = all.servers;
  const first = await addWorker(all);
  await post(all, "running", "[[sim:gen=8000]]");
  await post(all, "hanging", "[[sim:submit=accept-then-hang]]");
  await post(all, "untold", "", `?answer=${"500,".repeat(8)}204`);
  await eventually(async () => {
    const statuses = await Promise.all(BEGUN.map((name) => statusOf(all, name)));
    expect(statuses).toEqual(["processing", "submitting", "succeeded"]);
    expect(tasksBy(all, BEGUN)).toEqual([1, 1, 1]);
  });
  await first.kill("SIGKILL");
  for (const name of QUEUED) await post(all, name);
  const copy = await mkdtemp(join(tmpdir(), "onetake-backup-"));
  onTestFinished(() => rm(copy, { recursive: true, force: true }));
  const [kept, present] = [join(copy, "data"), join(redis.dir, "appendonlydir")];
  await cp(present, kept, { recursive: true });
  return async () => {
    await redis.kill("SIGKILL");
    await rm(present, { recursive: true });
    await cp(kept, present, { recursive: true });
    await redis.restart();
  };
}

/** What the backup knows nothing of. */
async function buyQueued(all: Installation): Promise<void> {
  await eventually(async () => {
    const statuses = await Promise.all(QUEUED.map((name) => statusOf(all, name)));
    expect(statuses).toEqual(QUEUED.map(() => "succeeded"));
  }, 30_000);
  expect(tasksBy(all, QUEUED)).toEqual(QUEUED.map(() => 1));
}

/** The rest of the story, from the restored Redis on. */
async function goOn(all: Installation, what: string, living: Program[]): Promise<void> {
  const pause = await eventually(async () => {
    const now = await readPause(all);
    expect(now.paused).toBe(true);
    return now;
  }, 20_000);
  expect(pause).toMatchObject({ by: "onetake", reason: expect.stringContaining("Backup and restore") });
  // One of them finds it; what the others find is that it was found.
  await eventually(async () => {
    const found = await Promise.all(living.map((worker) => metricOf(worker, what)));
    expect(Math.max(...found)).toBe(1);
  });

  // All that does not buy goes on, and while it does nobody buys.
  await eventually(async () => {
    const statuses = await Promise.all(BEGUN.map((name) => statusOf(all, name)));
    expect(statuses).toEqual(["succeeded", "unconfirmed", "succeeded"]);
    expect(all.servers.postbox.newsAt("/untold").get("job.succeeded")?.ids.size).toBe(1);
    expect(all.servers.postbox.newsAt("/running").get("job.succeeded")).toBeDefined();
  }, 60_000);
  expect(await Promise.all(QUEUED.map((name) => statusOf(all, name)))).toEqual(QUEUED.map(() => "queued"));
  expect(tasksBy(all, [...BEGUN, ...QUEUED])).toEqual([1, 1, 1, 1, 1, 1]);

  expect(await reconcile(all)).toMatchObject({ code: 1, lines: { length: QUEUED.length } });
  const { code, lines } = await reconcile(all, "--attach");
  expect(lines.every((line) => /^job_\w+ queued \S+ attached$/.test(line))).toBe(true);
  expect({ code, attached: lines.length }).toEqual({ code: 0, attached: QUEUED.length });
  expect(await reconcile(all)).toEqual({ code: 0, lines: [] });
  const [lost] = all.servers.simulator.ledger.tasksOf("hanging");
  const body = { action: "attach", task_id: lost?.id };
  expect((await operator(all, "POST", `/v1/jobs/${all.ids.get("hanging")}/resolve`, body)).status).toBe(200);

  expect((await operator(all, "POST", "/v1/admin/submissions/resume")).status).toBe(200);
  await post(all, "new");
  const names = [...BEGUN, ...QUEUED, "new"];
  await eventually(async () => {
    const statuses = await Promise.all(names.map((name) => statusOf(all, name)));
    expect(statuses).toEqual(names.map(() => "succeeded"));
  }, 30_000);
  expect(tasksBy(all, names)).toEqual(names.map(() => 1));
}

test("an older copy of Redis under two workers that live -> paused before either buys; reconciled: one paid task a job", async () => {
  const all = await startInstallation();
  const restore = await backUp(all);
  const living = await Promise.all([addWorker(all), addWorker(all)]);
  await buyQueued(all);
  await restore();
  await goOn(all, "went_back", living);
  const audit = z.object({ data: z.array(z.looseObject({ action: z.string(), by: z.string() })) });
  const { data } = audit.parse((await operator(all, "GET", "/v1/admin/audit")).body);
  expect(data.filter(({ by }) => by === "onetake")).toMatchObject([{ action: "submissions.pause" }]);
});

test("an older copy of Redis, and all workers start anew -> paused before the first buys; reconciled: one paid task a job", async () => {
  // The copy is not as old as backups are.
  const all = await startInstallation({ RESTORE_GAP_S: "1" });
  const restore = await backUp(all);
  const worker = await addWorker(all);
  await buyQueued(all);
  await worker.kill("SIGKILL");
  await restore();
  const living = await Promise.all([addWorker(all), addWorker(all)]);
  await goOn(all, "restored", living);
  const told = living.flatMap(({ log }) => log.filter(({ msg }) => msg === "redis.forgot"));
  expect(told).toMatchObject([{ what: "restored", paused: true, level: "error" }]);
});

test("FLUSHALL under a worker, and a job at the same moment -> not bought; paused, told, and bought once it is resumed", async () => {
  const all = await startInstallation();
  const worker = await addWorker(all);
  await post(all, "before");
  await eventually(async () => expect(await statusOf(all, "before")).toBe("succeeded"));
  const redis = new Redis(all.servers.redis.url);
  onTestFinished(() => redis.disconnect());
  await redis.flushall();
  await post(all, "after");
  await worker.logged("redis.forgot");
  expect(await metricOf(worker, "wiped")).toBe(1);
  expect(await readPause(all)).toMatchObject({
    paused: true,
    by: "onetake",
    reason: expect.stringContaining("wiped"),
  });
  expect(tasksBy(all, ["before", "after"])).toEqual([1, 0]);
  await operator(all, "POST", "/v1/admin/submissions/resume");
  await eventually(async () => expect(await statusOf(all, "after")).toBe("succeeded"));
  expect(tasksBy(all, ["before", "after"])).toEqual([1, 1]);
});

test("Redis restarted with its own data under a worker, and under none for a moment -> no pause, and all are bought", async () => {
  const all = await startInstallation();
  const { redis } = all.servers;
  const first = await addWorker(all);
  await post(all, "first");
  await eventually(async () => expect(await statusOf(all, "first")).toBe("succeeded"));
  await redis.kill("SIGKILL");
  await redis.restart();
  await untilReady(all.api.url);
  await post(all, "second");
  await eventually(async () => expect(await statusOf(all, "second")).toBe("succeeded"), 20_000);
  await first.kill("SIGTERM");
  await first.ended;
  await post(all, "third");
  await redis.kill("SIGKILL");
  await redis.restart();
  const second = await addWorker(all);
  await eventually(async () => expect(await statusOf(all, "third")).toBe("succeeded"), 20_000);
  expect((await readPause(all)).paused).toBe(false);
  const told = [...first.log, ...second.log].filter(({ msg }) => /^redis\.(forgot|restarted)$/.test(msg));
  expect(told).toEqual([]);
  expect(tasksBy(all, ["first", "second", "third"])).toEqual([1, 1, 1]);
});
