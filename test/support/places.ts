import { destinationOf } from "../../src/shared/destination.ts";
import type { Seat } from "../../src/shared/store/places.ts";
import type { TestLedger } from "./ledger.ts";

/** A tenant's destination, by its host. */
export const destination = (host: string, tenant = "acme"): string =>
  destinationOf(tenant, `https://${host}/in`);

/** Queue entries on their way to one destination; like real ones they sort by age. */
export const seatsAt = (to: string, count: number, name = "dlv"): Seat[] =>
  Array.from({ length: count }, (_, n) => ({ entry: `${name}${1001 + n}-1`, to }));

/** Each asks for a place, in turn. Returns who got one, by its own request or by another's. */
export async function enterAll({ places }: TestLedger, seats: Seat[]): Promise<string[]> {
  const admitted: string[] = [];
  for (const seat of seats) {
    const { mayGo, told } = await places.enter(seat);
    if (mayGo) admitted.push(seat.entry);
    admitted.push(...told.map(({ entry }) => entry));
  }
  return admitted;
}

/** Who holds a place whose time is not over. */
export async function holders({ redis, keys, jobs }: TestLedger, owner: string): Promise<string[]> {
  return redis.zrange(keys.places(owner), await jobs.readClock(), "+inf", "BYSCORE");
}

/** As if the time of every place had run out: of those that hold them nothing is heard any more. */
export async function runOut({ redis, keys }: TestLedger, ...owners: string[]): Promise<void> {
  for (const owner of owners) {
    for (const entry of await redis.zrange(keys.places(owner), "0", "-1")) {
      await redis.zadd(keys.places(owner), 1, entry);
    }
  }
}

/** As if the time for which a breaker was opened were over. */
export async function waitOut({ redis, keys }: TestLedger, to: string): Promise<void> {
  await redis.hset(keys.road(to), "openUntil", 1);
}
