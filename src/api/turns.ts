/**
 * Turns: when deliveries that are sent again may go, one after the other and ten a second to each endpoint, so that a
 * receiver that has just come back is not run over. They are kept for each tenant, over all its requests; the addresses
 * that jobs name share one row of turns.
 */
import { z } from "zod";

import type { Delivery } from "../shared/delivery.ts";
import { stored } from "../shared/stored.ts";

/** From one turn to the next, in ms. */
const TURN_MS = 100;

/** `next`: by row, the first turn that nobody has, as Redis' ms. */
export const Turns = stored({
  status: z.literal("kept"),
  version: z.number(),
  next: z.record(z.string(), z.number()),
});
export type Turns = z.infer<typeof Turns>;

export const noTurns: Turns = { status: "kept", version: 0, next: {} };

/**
 * A turn for each delivery, in their order. `waiting`: how many of the tenant's deliveries wait to be sent. There are no more
 * turns ahead than these can have; what was given up meanwhile, with its endpoint, keeps none.
 */
export function takeTurns(
  turns: Turns,
  deliveries: readonly Delivery[],
  now: number,
  waiting: number,
): { times: number[]; after: Turns } {
  const latest = now + waiting * TURN_MS;
  const ahead = Object.entries(turns.next).filter(([, at]) => at > now);
  const next = new Map(ahead.map(([row, at]) => [row, Math.min(at, latest)]));
  const times = deliveries.map(({ endpointId }) => {
    const row = endpointId ?? "job";
    const at = next.get(row) ?? now;
    next.set(row, at + TURN_MS);
    return at;
  });
  return { times, after: { ...turns, version: turns.version + 1, next: Object.fromEntries(next) } };
}
