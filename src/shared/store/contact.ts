/** Contact with Redis: at first, at every new connection and now and then the server is asked whether it is fit for us. */
import { SetupError } from "../errors.ts";
import { exitOnFault } from "../lifecycle.ts";
import type { Logger } from "../logger.ts";
import { checkRedis } from "./redis-check.ts";
import type { Checked, Durability } from "./redis-check.ts";
import { isConnected } from "./redis.ts";
import type { RedisClient } from "./redis.ts";

const RETRY_MS = 500;
/** A replica comes or goes, or a setting is changed, without any connection being lost. */
const LOOK_AGAIN_MS = 15_000;

export type Contact = {
  /** What the server offers; null until it has been asked, and while it does not meet the requirements. */
  offered: () => Durability | null;
  /** Resolves after the first successful check. */
  made: Promise<void>;
  /** Has the server asked at once. */
  lookAgain: () => void;
  stop: () => void;
};

/** Adds faults of its own by throwing a SetupError. `isFirst`: no server has been found fit yet. */
export type Judge = (offered: Durability, isFirst: boolean) => void | Promise<void>;

type Deps = {
  redis: RedisClient;
  log: Logger;
  judge: Judge;
  /** What is offered is what the server offers that holds this key. */
  key: string;
  lookAgainMs?: number;
};

/**
 * Keeps asking. A server that will not do ends the process with exit code 78 at first; later there is work under way, so
 * the process waits, unready, for it to become fit.
 */
export function keepContact({ redis, log, judge, key, lookAgainMs = LOOK_AGAIN_MS }: Deps): Contact {
  let offered: Durability | null = null;
  let everFit = false;
  const nap = createNap();
  const stop = new AbortController();
  const made = Promise.withResolvers<void>();
  const tellRisks = createRiskTeller(log);

  /** Returns after how many ms to look again. */
  async function look(): Promise<number> {
    if (!isConnected(redis)) return RETRY_MS;
    try {
      const found = await checkRedis(redis, key);
      await judge(found.offered, !everFit);
      tellRisks(found);
      offered = found.offered;
      everFit = true;
      made.resolve();
      return lookAgainMs;
    } catch (error) {
      if (error instanceof SetupError) {
        if (!everFit) exitOnFault(error);
        if (offered) log.tell("redis.unfit", { faults: error.faults });
        offered = null;
      }
      return RETRY_MS;
    }
  }

  async function keepLooking(): Promise<void> {
    while (!stop.signal.aborted) await nap.take(await look());
  }

  redis.on("ready", nap.end);
  void keepLooking();

  return {
    offered: () => offered,
    made: made.promise,
    lookAgain: nap.end,
    stop: () => {
      stop.abort();
      redis.off("ready", nap.end);
      nap.end();
    },
  };
}

/** A pause that can be ended; ended before it has begun, it does not begin. */
function createNap() {
  let isOver = false;
  let wake: (() => void) | null = null;
  return {
    take: async (ms: number): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, isOver ? 0 : ms);
      wake = resolve;
      await promise;
      clearTimeout(timer);
      isOver = false;
    },
    end: (): void => {
      isOver = true;
      wake?.();
    },
  };
}

/** Tells of what is found when it changes, not at each look. */
function createRiskTeller(log: Logger) {
  let told = "";
  return ({ hasAof, risks }: Checked): void => {
    const found = JSON.stringify([hasAof, risks]);
    if (found === told) return;
    told = found;
    if (!hasAof) log.tell("redis.no_aof", {});
    if (risks.length > 0) log.tell("redis.at_risk", { risks });
  };
}
