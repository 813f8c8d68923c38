// One replica's word used to be enough. After a planned failover to another one, which had not got the write, jobs that
// had been acknowledged with INTAKE_DURABILITY=replica were gone.
import { expect, onTestFinished, test } from "vitest";
import { Redis } from "ioredis";

import { createProver } from "../../../src/shared/store/durability.ts";
import { eventually } from "../../support/eventually.ts";
import { type PrivateRedis, startPrivateRedis } from "../../support/private-redis.ts";
import { redisCommand } from "../../support/redis-command.ts";

const WAIT_MS = 300;

async function start(): Promise<PrivateRedis> {
  const server = await startPrivateRedis({ settings: { "repl-diskless-sync-delay": "0" } });
  onTestFinished(() => server.stop());
  return server;
}

async function openPair() {
  const [primary, one, other] = await Promise.all([start(), start(), start()]);
  for (const { port } of [one, other]) await redisCommand(port, "REPLICAOF", "127.0.0.1", primary.port);
  await eventually(async () => {
    const info = String(await redisCommand(primary.port, "INFO", "replication"));
    expect(info.match(/state=online/g)).toHaveLength(2);
  });
  const redis = new Redis(primary.url);
  onTestFinished(() => redis.disconnect());
  const offered = { fsyncsAlways: false, canWaitForFsync: false, replicas: 2 };
  const prove = createProver({
    wanted: "replica",
    offered: () => offered,
    key: "proof",
    waitMs: WAIT_MS,
    onFailure: () => undefined,
  });
  const isProven = async () => (await prove(redis, (server) => server.get("x"))).isConfirmed;
  // Two replicas that have just come up may take longer than this to say so on a busy machine.
  await eventually(async () => expect(await isProven()).toBe(true));
  return { other, offered, isProven };
}

test("one of two replicas has the write, the other is frozen -> not confirmed; both have it -> confirmed", async () => {
  const { other, isProven } = await openPair();
  await other.kill("SIGSTOP");
  expect(await isProven()).toBe(false);
  await other.kill("SIGCONT");
  await eventually(async () => expect(await isProven()).toBe(true));
});

test("a replica has just left, as one does that takes over -> what it has not got is not confirmed", async () => {
  const { other, offered, isProven } = await openPair();
  await redisCommand(other.port, "REPLICAOF", "NO", "ONE");
  offered.replicas = 1;
  expect(await isProven()).toBe(false);
});
