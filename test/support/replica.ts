import { expect, onTestFinished } from "vitest";

import { eventually } from "./eventually.ts";
import { redisCommand } from "./redis-command.ts";
import { startPrivateRedis } from "./redis.ts";
import type { PrivateRedis } from "./redis.ts";

/** A server that does not wait for more replicas before it fills the first. */
export const quickPrimary = { settings: { "repl-diskless-sync-delay": "0" } };

/** Ended with the test, even if it is frozen then. */
export async function withTest<T extends PrivateRedis>(starting: Promise<T>): Promise<T> {
  const started = await starting;
  onTestFinished(async () => {
    await started.kill();
    await started.stop();
  });
  return started;
}

/** A replica of the server, which follows it by now. Ended with the test. */
export async function startReplica({ port }: Pick<PrivateRedis, "port">): Promise<PrivateRedis> {
  const replica = await withTest(startPrivateRedis(quickPrimary));
  await follow(replica, port);
  return replica;
}

export async function follow(replica: PrivateRedis, port: number): Promise<void> {
  await redisCommand(replica.port, "REPLICAOF", "127.0.0.1", port);
  await eventually(async () => {
    expect(await redisCommand(port, "INFO", "replication")).toContain(`port=${replica.port},state=online`);
  });
}
