/** A tenant's endpoints in the ledger: read with each of its events, changed by guarded writes. */
import { Endpoints, noEndpoints } from "../endpoint.ts";
import type { Logger } from "../logger.ts";
import type { Keys } from "./keys.ts";
import { readRecordOr, UnreadableRecordError } from "./record.ts";
import type { Snapshot } from "./record.ts";
import type { RedisClient } from "./redis.ts";
import type { Condition } from "./scripts.ts";

export const readEndpoints = (redis: RedisClient, keys: Keys, tenant: string): Promise<Snapshot<Endpoints>> =>
  readRecordOr(redis, keys.endpoints(tenant), Endpoints, noEndpoints);

/** Holds a write to the endpoints that it was decided on. */
export const sameEndpoints = (keys: Keys, tenant: string, { version }: Endpoints): Condition => [
  "version",
  keys.endpoints(tenant),
  version,
];

/** Who hears of an event, and what its write relies on. */
export type Hearers = { endpoints: Endpoints["endpoints"]; conditions: Condition[] };

/** Nobody but the address that the job names. */
export const noHearers: Hearers = { endpoints: [], conditions: [] };

/**
 * The endpoints that an event of the tenant may go to. A record that cannot be read has none: a job, which may be paid for,
 * must not be held up by it, and the event is in the tenant's feed.
 */
export async function findHearers(
  redis: RedisClient,
  keys: Keys,
  tenant: string,
  log: Pick<Logger, "tell">,
): Promise<Hearers> {
  try {
    const { record } = await readEndpoints(redis, keys, tenant);
    return { endpoints: record.endpoints, conditions: [sameEndpoints(keys, tenant, record)] };
  } catch (error) {
    if (!(error instanceof UnreadableRecordError)) throw error;
    log.tell("endpoints.unreadable", { tenant, message: error.message });
    return noHearers;
  }
}
