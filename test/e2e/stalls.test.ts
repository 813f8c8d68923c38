// One job's worker is killed at every look, over and over, in a version whose locks run out quickly: BullMQ's own limit on
// such jobs (1, by default) is passed many times, and the job ends as if nothing had been.
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { postJob, readJob, untilReady } from "./support/caller.ts";
import { openHttpGate, type Passing } from "./support/http-gate.ts";
import { withTest } from "./support/on-end.ts";
import { startApi, startWorker } from "./support/program.ts";
import { startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";
import { makeVersion } from "./support/version.ts";

const KILLS = 6;

const quickLocks = [
  { file: "src/worker/stages.ts", from: "lockDuration: 30_000", to: "lockDuration: 1000" },
  { file: "src/worker/stages.ts", from: "stalledInterval: 5000", to: "stalledInterval: 300" },
];

const isLook = ({ method }: Passing): boolean => method === "GET";

test(`killed at each of ${KILLS} looks in a row -> one video, bought once, told once; BullMQ has failed nothing`, async () => {
  const servers = await startServers();
  const { redis, simulator, receiver, postbox } = servers;
  const root = await makeVersion(quickLocks);
  const prefix = testPrefix();
  const places = { redis: redis.url, novita: simulator.url, prefix };
  // Without rescue, which would repair what BullMQ has failed.
  const quiet = { RESCUE_INTERVAL_S: "3600" };
  const api = await startApi(settings(places), withTest, root);
  await untilReady(api.url);
  const id = await postJob(api.url, {
    input: { prompt: "a ferry [[sim:gen=1000]]" },
    webhook: { url: `${receiver.url}/told` },
  });
  for (let kill = 0; kill < KILLS; kill++) {
    const looked = Promise.withResolvers<void>();
    const spring = async () => {
      await (await victim).kill("SIGKILL");
      looked.resolve();
      return "drop" as const;
    };
    const gate = await openHttpGate(simulator.url, { when: "before", matches: isLook, spring });
    const victim = startWorker(settings({ ...places, novita: gate.url }, quiet), withTest, root);
    await looked.promise;
    expect(gate.hasSprung).toBe(true);
  }
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  await startWorker(settings(places, quiet), withTest, root);
  await eventually(async () => {
    expect((await readJob(api.url, id)).status).toBe("succeeded");
    expect(postbox.countAt("/told")).toBe(1);
  }, 30_000);
  expect(Number(await client.hget(`{${prefix}}:poll:${id}-1`, "stc"))).toBeGreaterThanOrEqual(KILLS);
  expect(await client.zcard(`{${prefix}}:poll:failed`)).toBe(0);
  expect(simulator.ledger.tasks).toHaveLength(1);
  expect([...postbox.newsAt("/told").keys()]).toEqual(["job.succeeded"]);
}, 180_000);
