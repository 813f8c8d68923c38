/**
 * The doorman of the deliver stage: who gets to a destination, what is learnt from those who come back, and who is woken to
 * follow them. Whatever is lost here between two steps is found by those who look after the lines (`crew.ts`).
 */
import { randomUUID } from "node:crypto";

import type { Delivery } from "../shared/delivery.ts";
import { tenantOf } from "../shared/destination.ts";
import type { Logger } from "../shared/logger.ts";
import { entryId } from "../shared/queues.ts";
import type { Motor, QueueEntry } from "../shared/queues.ts";
import type { DeliveryStore } from "../shared/store/deliveries.ts";
import type { Places, Report, Seat } from "../shared/store/places.ts";
import { nothingLearnt } from "../shared/store/places.ts";
import type { Snapshot } from "../shared/store/record.ts";
import type { Attempt } from "./send.ts";

type Visitor = QueueEntry & { to: string };

export type Admitted = { as: "admitted"; delivery: Delivery } | { as: "stale" | "open" | "parked" };

export interface Doorman {
  /** Begins an attempt, if the record is as it was read and there is a place; a refusal spends no attempt. */
  admit(visitor: Visitor, snapshot: Snapshot<Delivery>, url: string): Promise<Admitted>;
  /** Gives back a place and a turn in line. `origin`: for the log. */
  leave(visitor: Visitor, report: Report, origin: string): Promise<void>;
  /** Wakes whoever in the line has a place, or can have one. */
  lookAfter(destination: string): Promise<void>;
}

export type DoormanDeps = { places: Places; deliveries: DeliveryStore; motor: Motor; log: Logger };

export function createDoorman({ places, deliveries, motor, log }: DoormanDeps): Doorman {
  /** Who is not told now is told soon by those who look after the lines. */
  async function tell(called: Seat[]): Promise<void> {
    try {
      await motor.callUp(called);
    } catch (error) {
      log.tell("queue.unreachable", { err: error, wake_ups: called });
    }
  }

  return {
    admit: async (visitor, { record: before, now }, url) => {
      const { after, guard, commands } = deliveries.planAttempt(before, url, now());
      const { as, told } = await places.admit(seatOf(visitor), guard, randomUUID(), commands);
      await tell(told);
      return as === "admitted" ? { as, delivery: after } : { as };
    },
    leave: async (visitor, report, origin) => {
      const { turned, openMs, told } = await places.leave(seatOf(visitor), report);
      const tenant = tenantOf(visitor.to);
      if (turned === "opened") log.tell("destination.opened", { tenant, origin, open_ms: openMs });
      if (turned === "closed") log.tell("destination.closed", { tenant, origin });
      await tell(told);
    },
    lookAfter: async (destination) => tell(await places.lookAfter(destination)),
  };
}

const seatOf = (visitor: Visitor): Seat => ({ entry: entryId(visitor), to: visitor.to });

/** An event that is taken within this time, in ms, was taken quickly. */
const QUICK_MS = 1000;
/** What a receiver that has too much to do answers. */
const overloaded: ReadonlySet<number | null> = new Set([429, 502, 503, 504]);
/** What is our own fault, or was never sent. */
const ours: ReadonlySet<string | null> = new Set(["target_forbidden", "internal_error", "egress_error"]);

/** What an attempt says of its destination; any answer below 500 says that it is there. */
export function reportOf({
  delivered,
  status,
  errorCode,
  durationMs,
}: Pick<Attempt, "delivered" | "status" | "errorCode" | "durationMs">): Report {
  if (delivered) return { road: "up", pace: durationMs <= QUICK_MS ? "fast" : "slow" };
  if (ours.has(errorCode)) return nothingLearnt;
  const pace = errorCode === "timeout" || overloaded.has(status) ? "less" : "same";
  return { road: status !== null && status < 500 ? "up" : "down", pace };
}
