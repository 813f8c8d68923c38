/**
 * The one connection on which a process hears of changes, whoever made them, however many wait for them. What is published
 * while it is away is lost, so all are told to look again as soon as it hears once more, and every few seconds in any case.
 */
import { within } from "../../shared/within.ts";
import type { Logger } from "../../shared/logger.ts";
import { closeRedis, isConnected } from "../../shared/store/redis.ts";
import type { RedisClient } from "../../shared/store/redis.ts";
import type { Changes } from "./changes.ts";

/** How often everybody looks without being told to. */
const SWEEP_MS = 5000;
/** A connection that does not answer by then is a dead one, whatever the socket says. */
const LONGEST_ANSWER_MS = 1500;

/** Hints at each job that is published on `channel`, until it is closed, with the connection, which is its own. */
export function listenForChanges(
  redis: RedisClient,
  channel: string,
  changes: Pick<Changes, "hint" | "hintAll">,
  log: Logger,
) {
  let hears = true;
  let isClosed = false;

  async function sweep(): Promise<void> {
    const isSubscribed = await subscribe();
    if (isSubscribed !== hears && !isClosed) tell(isSubscribed);
    hears = isSubscribed;
    changes.hintAll();
  }

  /** Subscribing once more changes nothing, and proves that the connection stands. */
  async function subscribe(): Promise<boolean> {
    if (!isConnected(redis)) return false;
    const isSubscribed = await within(LONGEST_ANSWER_MS, redis.subscribe(channel)).catch(() => false);
    if (!isSubscribed && !isClosed) redis.disconnect(true);
    return isSubscribed;
  }

  function tell(isHeard: boolean): void {
    if (isHeard) log.tell("changes.heard", {});
    else log.tell("changes.unheard", {});
  }

  async function close(): Promise<void> {
    isClosed = true;
    clearInterval(timer);
    await closeRedis(redis);
  }

  const sweepNow = () => void sweep();
  const timer = setInterval(sweepNow, SWEEP_MS);
  redis.on("ready", sweepNow);
  redis.on("message", (_channel: string, id: string) => changes.hint(id));

  return { close };
}
