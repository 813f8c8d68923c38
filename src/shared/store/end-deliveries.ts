/**
 * What was on its way to an endpoint that is now disabled or deleted ends as aborted, so that a recovery finds it. The work
 * of one call is bounded; what it leaves ends by itself when it is to be sent (`worker/deliver.ts`).
 */
import { isUndelivered } from "../delivery.ts";
import type { DeliveryEnd } from "../delivery.ts";
import { closedBecause } from "../endpoint.ts";
import type { DeliveryStore } from "./deliveries.ts";
import { readEndpoints, sameEndpoints } from "./endpoints.ts";
import type { Keys } from "./keys.ts";
import { UnreadableRecordError } from "./record.ts";
import type { RedisClient } from "./redis.ts";
import type { Condition } from "./scripts.ts";

export type EndDeps = { redis: RedisClient; keys: Keys; deliveries: DeliveryStore };

/** Deliveries that one call looks at, and how many of them at a time. */
const MOST = 1000;
const BATCH = 100;

/** Why they end, and what must still be so when each of them is written. */
type Closing = { code: DeliveryEnd; isUnchanged: Condition };

/** Ends them, oldest first, while the endpoint is closed. Returns how many it has ended. */
export async function endDeliveriesOf(deps: EndDeps, tenant: string, endpointId: string): Promise<number> {
  const open = deps.keys.endpointDeliveries(endpointId, "open");
  let seen = 0;
  let ended = 0;
  while (seen < MOST) {
    const closing = await readClosing(deps, tenant, endpointId);
    // What has ended is no longer in the set: the next batch begins behind those that were left.
    const first = seen - ended;
    const ids = closing ? await deps.redis.zrange(open, String(first), String(first + BATCH - 1)) : [];
    if (!closing || ids.length === 0) break;
    const each = await Promise.all(ids.map((id) => endDelivery(deps, id, closing)));
    seen += ids.length;
    ended += each.filter(Boolean).length;
  }
  return ended;
}

/** null: the endpoint is open, perhaps again. */
async function readClosing({ redis, keys }: EndDeps, tenant: string, id: string): Promise<Closing | null> {
  const { record } = await readEndpoints(redis, keys, tenant);
  const code = closedBecause(record, id);
  return code && { code, isUnchanged: sameEndpoints(keys, tenant, record) };
}

/**
 * One that is being sent is left to its attempt: the receiver may take it, and it would be wrong to say that it was given
 * up. A test may go to an endpoint that is disabled. What cannot be read is for those who send it.
 */
async function endDelivery({ deliveries }: EndDeps, id: string, closing: Closing): Promise<boolean> {
  try {
    const found = await deliveries.readDelivery(id);
    if (!found || !isUndelivered(found.record) || found.record.status === "delivering") return false;
    if (found.record.isTest && closing.code === "endpoint_disabled") return false;
    return await deliveries.abortDelivery(found.record, closing.code, found.now(), [closing.isUnchanged]);
  } catch (error) {
    if (error instanceof UnreadableRecordError) return false;
    throw error;
  }
}
