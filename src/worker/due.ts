/** The walks over what is overdue, ids of records whose next step should have been taken by now, and over what is aside. */
import { z } from "zod";

import type { Delivery } from "../shared/delivery.ts";
import { isDeliveryId } from "../shared/ids.ts";
import type { Job } from "../shared/job.ts";
import { deliveryIndexCommands } from "../shared/store/delivery-index.ts";
import { indexCommands } from "../shared/store/job-index.ts";
import type { Keys } from "../shared/store/keys.ts";
import { commitRecord } from "../shared/store/record.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { runScript } from "../shared/store/scripts.ts";
import type { Command, Condition } from "../shared/store/scripts.ts";

/** An overdue record that turns out to be in good hands comes round again after this, or later when there are many. */
const RECHECK_MS = 30_000;
/** What is aside is looked at again after this. */
const LOOK_AGAIN_MS = 300_000;
/** How many records may come round again in a second, over all workers. */
const RECHECKS_PER_S = 500;

export type Claimed = { ids: string[]; remain: number };

export type DueStore = ReturnType<typeof createDueStore>;

export function createDueStore(redis: RedisClient, keys: Keys) {
  const claim = async (zset: string, most: number, againMs = RECHECK_MS): Promise<Claimed> => {
    const words = [most, againMs, RECHECKS_PER_S];
    const [remain, ...ids] = await runScript(redis, "claim", [zset], words, z.array(z.string()));
    return { ids, remain: Number(remain) };
  };

  /** Makes a record overdue now, if anything is left to be done about it. */
  const hurry = async (id: string): Promise<void> => {
    await redis.zadd(keys.due, "XX", 0, id);
  };

  /** Takes an id off the walks until somebody looks at it again. Returns false when it was so already. */
  const setAside = async (id: string): Promise<boolean> => {
    const zsets = [keys.due, keys.purge, keys.aside];
    return (await runScript(redis, "aside", zsets, [id, LOOK_AGAIN_MS], z.number())) === 1;
  };

  /** Ends that, and makes it overdue now, if anything is left to be done about it. Returns false when it has ended before. */
  const takeBack = async (id: string): Promise<boolean> => {
    await hurry(id);
    return (await redis.zrem(keys.aside, id)) === 1;
  };

  /** Takes an id without a record off all walks. */
  const forget = async (id: string): Promise<void> => {
    await redis.pipeline().zrem(keys.due, id).zrem(keys.purge, id).zrem(keys.aside, id).exec();
  };

  /** A task that was attached by mistake belongs to the job whose submission brought it. */
  async function ownTasks({ id, tasks }: Job): Promise<string[]> {
    const ids = tasks.map((task) => task.id);
    const owners = ids.length > 0 ? await redis.hmget(keys.tasks, ...ids) : [];
    return ids.filter((_, n) => owners[n] === id);
  }

  /** Removes a terminal job and its deliveries, with all that belongs to them, if nobody has changed any of them since. */
  async function purgeJob(job: Job, deliveries: Delivery[]): Promise<void> {
    const outbox = await redis.smembers(keys.outbox(job.id));
    const gone = [
      keys.job(job.id),
      keys.history(job.id),
      keys.outbox(job.id),
      ...job.idempotencyKeys,
      ...outbox.filter((id) => !isDeliveryId(id)).map(keys.event),
    ];
    const commands: Command[] = gone.map((key) => ["DEL", key]);
    commands.push(["ZREM", keys.purge, job.id], ...indexCommands(keys, job, null));
    const own = await ownTasks(job);
    if (own.length > 0) commands.push(["HDEL", keys.tasks, ...own]);
    commands.push(...deliveries.flatMap((delivery) => purgeDelivery(keys, delivery)));
    const conditions = deliveries.map(({ id, version }): Condition => [
      "version",
      keys.delivery(id),
      version,
    ]);
    const guard = { key: keys.job(job.id), version: job.version, sources: [job.status], conditions };
    await commitRecord(redis, guard, commands);
  }

  return {
    claimOverdue: (most: number) => claim(keys.due, most),
    claimPurgeable: (most: number) => claim(keys.purge, most),
    claimAside: (most: number) => claim(keys.aside, most, LOOK_AGAIN_MS),
    setAside,
    takeBack,
    hurry,
    forget,
    purgeJob,
  };
}

function purgeDelivery(keys: Keys, delivery: Delivery): Command[] {
  const gone = [keys.delivery(delivery.id), keys.attempts(delivery.id), ...delivery.idempotencyKeys];
  return [
    ...gone.map((key): Command => ["DEL", key]),
    ["ZREM", keys.due, delivery.id],
    ...deliveryIndexCommands(keys, delivery, null),
  ];
}
