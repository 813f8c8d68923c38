/** By what deliveries are found: their tenant's list, and that by status. */
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

const indexesOf = (keys: Keys, { tenant, status }: Delivery): string[] => [
  keys.deliveries(tenant),
  keys.deliveriesBy(tenant, status),
];
