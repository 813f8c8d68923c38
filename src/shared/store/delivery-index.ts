/** By what deliveries are found: their tenant's list, and that by status. */
import type { Delivery } from "../delivery.ts";
import { indexMoves } from "./index-moves.ts";
import type { Keys } from "./keys.ts";
import type { Command } from "./scripts.ts";

/** The commands that bring the indexes from the delivery before to the delivery after; null = it does not exist. */
export function deliveryIndexCommands(
  keys: Keys,
  before: Delivery | null,
  after: Delivery | null,
): Command[] {
  const present = after ?? before;
  if (!present) return [];
  const { id, createdAt: at } = present;
  return indexMoves(before ? indexesOf(keys, before) : [], after ? indexesOf(keys, after) : [], { id, at });
}

const indexesOf = (keys: Keys, { tenant, status }: Delivery): string[] => [
  keys.deliveries(tenant),
  keys.deliveriesBy(tenant, status),
];
