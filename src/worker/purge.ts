/** The writes of retention: what has ended goes with all that belongs to it, if nobody has changed any of it since it was read. */
import type { Delivery } from "../shared/delivery.ts";
import { isDeliveryId } from "../shared/ids.ts";
import type { Job } from "../shared/job.ts";
import { deliveryIndexCommands } from "../shared/store/delivery-index.ts";
import { indexCommands } from "../shared/store/job-index.ts";
import type { Keys } from "../shared/store/keys.ts";
import { commitRecord } from "../shared/store/record.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import type { Command, Condition } from "../shared/store/scripts.ts";

export function createPurge(redis: RedisClient, keys: Keys) {
  /** Removes a terminal job and its deliveries. */
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
    commands.push(...deliveries.flatMap((delivery) => removeDelivery(keys, delivery)));
    const conditions = unchanged(keys, deliveries);
    const guard = { key: keys.job(job.id), version: job.version, sources: [job.status], conditions };
    await commitRecord(redis, guard, commands);
  }

  /** A task that was attached by mistake belongs to the job whose submission brought it. */
  async function ownTasks({ id, tasks }: Job): Promise<string[]> {
    const ids = tasks.map((task) => task.id);
    const owners = ids.length > 0 ? await redis.hmget(keys.tasks, ...ids) : [];
    return ids.filter((_, n) => owners[n] === id);
  }

  /**
   * Removes a delivery of an event that is about no job, and with the last of them the event. `others`: those that remain.
   * None of them may go at the same time: each would leave the event to the other.
   */
  async function purgeLoneDelivery(delivery: Delivery, others: Delivery[]): Promise<void> {
    const { id, eventId, version, status } = delivery;
    const commands: Command[] = [...removeDelivery(keys, delivery), ["ZREM", keys.purge, id]];
    if (others.length === 0) {
      commands.push(["DEL", keys.event(eventId)], ["DEL", keys.eventDeliveries(eventId)]);
    }
    const conditions = unchanged(keys, others);
    await commitRecord(redis, { key: keys.delivery(id), version, sources: [status], conditions }, commands);
  }

  return { purgeJob, purgeLoneDelivery };
}

function removeDelivery(keys: Keys, delivery: Delivery): Command[] {
  const gone = [keys.delivery(delivery.id), keys.attempts(delivery.id), ...delivery.idempotencyKeys];
  return [
    ...gone.map((key): Command => ["DEL", key]),
    ["ZREM", keys.due, delivery.id],
    ...deliveryIndexCommands(keys, delivery, null),
  ];
}

const unchanged = (keys: Keys, deliveries: Delivery[]): Condition[] =>
  deliveries.map(({ id, version }) => ["version", keys.delivery(id), version]);
