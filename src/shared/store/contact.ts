/** First contact with Redis, and every new one: the server is asked whether it meets the requirements. */
import { setTimeout as sleep } from "node:timers/promises";

import { SetupError } from "../errors.ts";
import { exitOnFault } from "../lifecycle.ts";
import type { Logger } from "../logger.ts";
import { checkRedis } from "./redis-check.ts";
import type { Durability } from "./redis-check.ts";
import { isConnected } from "./redis.ts";
import type { RedisClient } from "./redis.ts";

const RETRY_MS = 500;

export type Contact = {
  /** What the server offers; null until it has been asked, and while it does not meet the requirements. */
  offered: () => Durability | null;
  /** Resolves after the first successful check. */
  made: Promise<void>;
  stop: () => void;
};

/** Adds faults of its own by throwing a SetupError. `isFirst`: no server has been found fit yet. */
export type Judge = (offered: Durability, isFirst: boolean) => void | Promise<void>;

/**
 * Checks the server on first contact and after each new connection, which may lead to another server. One that will not
 * do ends the process with exit code 78 at first; later there is work under way, so the process waits, unready, for it to
 * become fit.
 */
export function keepContact(redis: RedisClient, log: Logger, judge: Judge): Contact {
  let offered: Durability | null = null;
  let everFit = false;
  const stop = new AbortController();
  let resolveMade: () => void;
  const made = new Promise<void>((resolve) => {
    resolveMade = resolve;
  });

  const check = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        const found = await checkRedis(redis, log);
        await judge(found, !everFit);
        offered = found;
        everFit = true;
        resolveMade();
        return;
      } catch (error) {
        if (error instanceof SetupError) {
          if (!everFit) exitOnFault(error);
          if (offered) log.tell("redis.unfit", { faults: error.faults });
          offered = null;
        }
        await sleep(RETRY_MS);
      }
    }
  };
  const start = () => void check();
  redis.on("ready", start);
  if (isConnected(redis)) start();

  return {
    offered: () => offered,
    made,
    stop: () => {
      stop.abort();
      redis.off("ready", start);
    },
  };
}
