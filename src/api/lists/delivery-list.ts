/** Lists of deliveries: a tenant's, an endpoint's, or a job's. */
import { Delivery, isUndelivered } from "../../shared/delivery.ts";
import type { DeliveryStatus } from "../../shared/delivery.ts";
import { isDeliveryId } from "../../shared/ids.ts";
import type { Job } from "../../shared/job.ts";
import type { Logger } from "../../shared/logger.ts";
import type { Keys } from "../../shared/store/keys.ts";
import type { RedisClient } from "../../shared/store/redis.ts";
import { startOf } from "./cursor.ts";
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
  const walk = of === null ? null : await chooseWalk(redis, keys, of, query);
  if (!walk) return { records: [], next: null };
  const read = readAll(redis, keys.delivery, Delivery, log);
  const list = { walk, read, matches: (delivery: Delivery) => fitsFilter(delivery, query) };
  return readPage(list, query.limit, startOf(query));
}

/** Along the index that leaves the fewest to look at; null: there are none. */
async function chooseWalk(
  redis: RedisClient,
  keys: Keys,
  of: string | Job,
  { endpoint_id: endpoint, status, created_after: oldest = 0 }: DeliveryListQuery,
): Promise<Walk | null> {
  if (typeof of !== "string") return walkAll(await readOutbox(redis, keys, of), oldest);
  if (endpoint === undefined) return walkIndexes(redis, indexesOf(keys, of, status), oldest);
  if (!(await isOwnEndpoint(redis, keys, of, endpoint))) return null;
  if (status?.every((each) => isUndelivered({ status: each })))
    return walkIndexes(redis, [keys.endpointDeliveries(endpoint, "open")], oldest);
  // Most deliveries are taken, so those of all its endpoints that are not are fewer than those of one that are.
  const isRare = status?.includes("delivered") === false;
  const indexes = isRare ? indexesOf(keys, of, status) : [keys.endpointDeliveries(endpoint, "all")];
  return walkIndexes(redis, indexes, oldest);
}

const indexesOf = (keys: Keys, tenant: string, status: DeliveryStatus[] | undefined): string[] =>
  status === undefined
    ? [keys.deliveries(tenant)]
    : [...new Set(status)].map((each) => keys.deliveriesBy(tenant, each));

type DeliveryFilter = {
  job_id?: string | undefined;
  endpoint_id?: string | undefined;
  status?: string[] | undefined;
  event_type?: string[] | undefined;
  error_code?: string | undefined;
};

/** Whether a delivery passes all of it but the times, which are places in the order. */
export function fitsFilter(delivery: Delivery, filter: DeliveryFilter): boolean {
  const { job_id: job, endpoint_id: endpoint, status, event_type: types, error_code: code } = filter;
  return (
    (job === undefined || job === delivery.jobId) &&
    (endpoint === undefined || endpoint === delivery.endpointId) &&
    (status === undefined || status.includes(delivery.status)) &&
    (types === undefined || types.includes(delivery.eventType)) &&
    (code === undefined || code === delivery.lastError)
  );
}

/**
 * Whether an endpoint is the tenant's, or was before it was deleted: its deliveries are the tenant's too. One without any is
 * nobody's, which comes to the same.
 */
export async function isOwnEndpoint(
  redis: RedisClient,
  keys: Keys,
  tenant: string,
  endpointId: string,
): Promise<boolean> {
  const [newest] = await redis.zrange(keys.endpointDeliveries(endpointId, "all"), "-1", "-1");
  return newest !== undefined && (await redis.zscore(keys.deliveries(tenant), newest)) !== null;
}

/** A job's deliveries are few; when they were raised stands in their tenant's index. */
export async function readOutbox(redis: RedisClient, keys: Keys, { id, tenant }: Job): Promise<Position[]> {
  const ids = (await redis.smembers(keys.outbox(id))).filter(isDeliveryId);
  const times = ids.length > 0 ? await redis.zmscore(keys.deliveries(tenant), ...ids) : [];
  return ids.flatMap((each, index): Position[] => {
    const at = times[index];
    return at === null || at === undefined ? [] : [{ at: Number(at), id: each }];
  });
}
