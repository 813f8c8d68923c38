/** What is read of deliveries: one of them, those that belong together, their attempts, and the bytes that they carry. */
import { Delivery } from "../delivery.ts";
import { isDeliveryId } from "../ids.ts";
import { readAttempts } from "./attempts.ts";
import type { Keys } from "./keys.ts";
import { orCorrupt, readRecord } from "./record.ts";
import type { Snapshot } from "./record.ts";
import type { RedisClient } from "./redis.ts";

export function createDeliveryReads({ redis, keys }: { redis: RedisClient; keys: Keys }) {
  const readDelivery = (id: string): Promise<Snapshot<Delivery> | null> =>
    readRecord(redis, keys.delivery(id), Delivery);

  /** The exact bytes of an event's body; null when it is gone. */
  const readEventBody = (eventId: string): Promise<string | null> =>
    orCorrupt(keys.event(eventId), redis.hget(keys.event(eventId), "body"));

  async function readMembers(set: string): Promise<Delivery[]> {
    const ids = (await redis.smembers(set)).filter(isDeliveryId);
    const found = await Promise.all(ids.map(readDelivery));
    return found.flatMap((snapshot) => (snapshot ? [snapshot.record] : []));
  }

  return {
    readDelivery,
    readEventBody,
    readAttempts: (id: string) => readAttempts(redis, keys, id),
    /** The deliveries that a job has raised. */
    deliveriesOf: (jobId: string) => readMembers(keys.outbox(jobId)),
    /** Those of an event that is about no job. */
    deliveriesOfEvent: (eventId: string) => readMembers(keys.eventDeliveries(eventId)),
  };
}
