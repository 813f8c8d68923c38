/** The walk over what is overdue: ids of records whose next step should have been taken by now. */
import { z } from "zod";

import { isDeliveryId } from "../shared/ids.ts";
import type { Job } from "../shared/job.ts";
import { indexCommands } from "../shared/store/job-index.ts";
import type { Keys } from "../shared/store/keys.ts";
import { commitRecord } from "../shared/store/record.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { runScript } from "../shared/store/scripts.ts";
import type { Command } from "../shared/store/scripts.ts";

/** An overdue record that turns out to be in good hands comes round again after this, or later when there are many. */
const RECHECK_MS = 30_000;
/** How many records may come round again in a second, over all workers. */
const RECHECKS_PER_S = 500;

export type Claimed = { ids: string[]; remain: number };

export type DueStore = ReturnType<typeof createDueStore>;

export function createDueStore(redis: RedisClient, keys: Keys) {
  const claim = async (zset: string, most: number): Promise<Claimed> => {
    const words = [most, RECHECK_MS, RECHECKS_PER_S];
    const [remain, ...ids] = await runScript(redis, "claim", [zset], words, z.array(z.string()));
    return { ids, remain: Number(remain) };
  };

  /** Makes a record overdue now, if anything is left to be done about it. */
  const hurry = async (id: string): Promise<void> => {
    await redis.zadd(keys.due, "XX", 0, id);
  };

  /** Takes an id without a record off both walks. */
  const forget = async (id: string): Promise<void> => {
    await redis.pipeline().zrem(keys.due, id).zrem(keys.purge, id).exec();
  };

  /** Removes a terminal job and all that belongs to it, if nobody has changed it since. */
  async function purgeJob(job: Job): Promise<void> {
    const outbox = await redis.smembers(keys.outbox(job.id));
    const deliveries = outbox.filter(isDeliveryId);
    const gone = [
      keys.job(job.id),
      keys.history(job.id),
      keys.outbox(job.id),
      ...job.idempotencyKeys,
      ...outbox.filter((id) => !isDeliveryId(id)).map(keys.event),
      ...deliveries.flatMap((id) => [keys.delivery(id), keys.attempts(id)]),
    ];
    const commands: Command[] = gone.map((key) => ["DEL", key]);
    commands.push(["ZREM", keys.purge, job.id], ...indexCommands(keys, job, null));
    if (job.tasks.length > 0) commands.push(["HDEL", keys.tasks, ...job.tasks.map((task) => task.id)]);
    if (deliveries.length > 0) commands.push(["ZREM", keys.due, ...deliveries]);
    const guard = { key: keys.job(job.id), version: job.version, sources: [job.status] };
    await commitRecord(redis, guard, commands);
  }

  return {
    claimOverdue: (most: number) => claim(keys.due, most),
    claimPurgeable: (most: number) => claim(keys.purge, most),
    hurry,
    forget,
    purgeJob,
  };
}
