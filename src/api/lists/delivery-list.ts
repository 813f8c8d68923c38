/** Lists of deliveries: a tenant's, or a job's. */
import { Delivery } from "../../shared/delivery.ts";
import { isDeliveryId } from "../../shared/ids.ts";
import type { Job } from "../../shared/job.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Keys } from "../../shared/store/keys.ts";
import type { RedisClient } from "../../shared/store/redis.ts";
import type { Position } from "./cursor.ts";
import { readAll, readPage, walkAll, walkIndexes } from "./list.ts";
import type { Page, Walk } from "./list.ts";
import type { DeliveryListQuery } from "./queries.ts";

type Deps = { redis: RedisClient; keys: Keys; log: Pick<Logger, "tell"> };

/** `of`: the tenant or the job whose they are; null: nobody's, which are none. */
export async function readDeliveryPage(
  { redis, keys, log }: Deps,
  of: string | Job | null,
  query: DeliveryListQuery,
): Promise<Page<Delivery>> {
  // Every delivery goes to the address that its job names: there are no endpoints yet that could have some.
  if (of === null || query.endpoint_id !== undefined) return { records: [], next: null };
  const list = {
    walk:
      typeof of === "string"
        ? walkIndexes(redis, indexesOf(keys, of, query))
        : await walkOutbox(redis, keys, of),
    read: readAll(redis, keys.delivery, Delivery, log),
    matches: ({ status }: Delivery) => query.status === undefined || query.status.includes(status),
  };
  return readPage(list, query.limit, query.after);
}

const indexesOf = (keys: Keys, tenant: string, { status }: DeliveryListQuery): string[] =>
  status === undefined
    ? [keys.deliveries(tenant)]
    : [...new Set(status)].map((each) => keys.deliveriesBy(tenant, each));

/** A job's deliveries are few; when they were raised stands in their tenant's index. */
async function walkOutbox(redis: RedisClient, keys: Keys, { id, tenant }: Job): Promise<Walk> {
  const ids = (await redis.smembers(keys.outbox(id))).filter(isDeliveryId);
  const times = ids.length > 0 ? await redis.zmscore(keys.deliveries(tenant), ...ids) : [];
  const entries = ids.flatMap((each, index): Position[] => {
    const at = times[index];
    return at === null || at === undefined ? [] : [{ at: Number(at), id: each }];
  });
  return walkAll(entries);
}
