/**
 * Tells the motor what to wake. The ledger holds the truth, and rescue repairs lost wake-ups, so a queue that cannot be
 * told is no failure, and one that is slow to listen is not waited for. `now` is Redis' time.
 */
import { within } from "../within.ts";
import type { Logger } from "../logger.ts";
import type { Motor, WakeUp } from "../queues.ts";

/** How long a change waits for its wake-ups; they go on without it. */
const LONGEST_WAKE_MS = 400;

export async function handOver(
  motor: Motor,
  wakeUps: WakeUp[],
  now: number,
  log: Pick<Logger, "tell">,
): Promise<void> {
  if (wakeUps.length === 0) return;
  try {
    await within(LONGEST_WAKE_MS, motor.wake(wakeUps, now));
  } catch (error) {
    log.tell("queue.unreachable", { err: error, wake_ups: wakeUps });
  }
}
