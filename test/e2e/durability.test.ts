// What is bought and promised is proven to the end, by the processes that an operator starts.
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { startCluster } from "../support/redis-cluster.ts";
import { redisCommand } from "../support/redis-command.ts";
import { startReplica } from "../support/replica.ts";
import { postJob, readJob, untilReady } from "./support/caller.ts";
import { startApi, startWorker } from "./support/program.ts";
import { startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

const job = (mark: string) => ({ input: { prompt: `[[job:${mark}]]` } });

const untilSucceeded = (url: string, id: string) =>
  eventually(async () => expect((await readJob(url, id)).status).toBe("succeeded"), 90_000);

// A worker with SUBMIT_DURABILITY=auto that had found a replica waited for one for ever, once it had gone.
test("regression: auto, and the replica goes -> nothing is bought while it may still take over, and then it is, once", async () => {
  const { redis, simulator } = await startServers();
  await redisCommand(redis.port, "CONFIG", "SET", "repl-diskless-sync-delay", "0");
  const replica = await startReplica(redis);
  const environment = settings(
    { redis: redis.url, novita: simulator.url, prefix: testPrefix() },
    // A proof that fails takes five seconds.
    { SUBMIT_DURABILITY: "auto", SUBMIT_TIMEOUT_MS: "20000", SHUTDOWN_TIMEOUT_MS: "30000" },
  );
  const [api, worker] = await Promise.all([startApi(environment), startWorker(environment)]);
  await Promise.all([untilReady(api.url), untilReady(worker.url)]);
  await untilSucceeded(api.url, await postJob(api.url, job("with")));
  await replica.kill();
  await untilSucceeded(api.url, await postJob(api.url, job("without")));
  expect(simulator.ledger.tasksOf("without")).toHaveLength(1);
  expect(worker.log.filter(({ msg }) => msg === "submit.unproven").length).toBeGreaterThanOrEqual(1);
});

test("a Cluster, replica is wanted of both processes -> a job is taken in, bought once and finished", async () => {
  const cluster = await startCluster({ settings: { "repl-diskless-sync-delay": "0" } });
  onTestFinished(() => cluster.stop());
  const { simulator } = await startServers();
  const prefix = testPrefix();
  const environment = settings(
    { redis: cluster.url, novita: simulator.url, prefix },
    { SUBMIT_DURABILITY: "replica", INTAKE_DURABILITY: "replica" },
  );
  const [api, worker] = await Promise.all([startApi(environment), startWorker(environment)]);
  await Promise.all([untilReady(api.url), untilReady(worker.url)]);
  await untilSucceeded(api.url, await postJob(api.url, job("cluster")));
  expect(simulator.ledger.tasksOf("cluster")).toHaveLength(1);
  const key = `{${prefix}}:proof`;
  const owner = await cluster.ownerOf(await cluster.slotOf(key));
  expect(Number(await redisCommand(owner.port, "GET", key))).toBeGreaterThanOrEqual(2);
});
