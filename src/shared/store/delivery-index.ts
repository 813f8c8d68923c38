/** By what deliveries are found: their tenant's list, that by status, and those of their endpoint. */
import { isMissed, isUndelivered } from "../delivery.ts";
import type { Delivery } from "../delivery.ts";
import { indexMoves } from "./index-moves.ts";
import type { Keys } from "./keys.ts";
import type { Command } from "./scripts.ts";

/** The commands that bring the indexes from one state to the next; null = it does not exist. */
export const deliveryIndexCommands = (
  keys: Keys,
  before: Delivery | null,
  after: Delivery | null,
): Command[] => indexMoves(before, after, (each) => indexesOf(keys, each));

function indexesOf(keys: Keys, delivery: Delivery): string[] {
  const { tenant, status, endpointId } = delivery;
  const ofTenant = [keys.deliveries(tenant), keys.deliveriesBy(tenant, status)];
  if (endpointId === null) return ofTenant;
  const of = (which: "all" | "open" | "missed") => keys.endpointDeliveries(endpointId, which);
  if (isUndelivered(delivery)) return [...ofTenant, of("all"), of("open")];
  return isMissed(delivery) ? [...ofTenant, of("all"), of("missed")] : [...ofTenant, of("all")];
}
