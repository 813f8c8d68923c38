/**
 * The crew: all workers that deliver. Each says every second that it is there, since a tenant's share is one of all slots,
 * and looks after some of the lines: those whose breaker may be probed, and those where a place ran out or a wake-up was lost.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { z } from "zod";

import type { Logger } from "../shared/logger.ts";
import type { Keys } from "../shared/store/keys.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { runScript } from "../shared/store/scripts.ts";
import type { Doorman } from "./doorman.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Loop } from "./stages.ts";
import { throttle } from "./throttle.ts";

const MUSTER_MS = 1000;
/** How long one counts who is not heard of; as `places.lua` has it. */
const LIFE_MS = 10_000;
/** No line is put off for longer: a breaker's longest time. */
const FURTHEST_MS = 600_000;
/** A line is looked after this often, or more seldom when there are many: so many in a second one worker can keep up with. */
const LOOK_MS = 5000;
const LOOKS_PER_S = 200;
const MOST_AT_ONCE = (LOOKS_PER_S * MUSTER_MS) / 1000;

type Deps = { redis: RedisClient; keys: Keys; doorman: Pick<Doorman, "lookAfter">; log: Logger };

/** Musters until closed. */
export function startCrew(deps: Deps, heartbeat: Heartbeat): Loop {
  const { redis, keys, log } = deps;
  const id = randomUUID();
  const beat = heartbeat.expect("crew", MUSTER_MS);
  const stop = new AbortController();
  const tellOf = throttle((err) => log.tell("crew.failed", { err }));
  const running = (async () => {
    while (!stop.signal.aborted) {
      beat();
      await muster(deps, id).catch((error: unknown) => tellOf(asError(error)));
      await sleep(MUSTER_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
    await redis.zrem(keys.crew, id).catch(() => undefined);
  })();
  const close = () => {
    stop.abort();
    return running;
  };
  return { close, idle: () => Promise.resolve() };
}

/** Says that one is there, and looks after the lines whose time has come, so many at most. */
export async function muster({ redis, keys, doorman }: Deps, id: string): Promise<void> {
  const told = [keys.crew, keys.lines, keys.openRoads, keys.served];
  await runScript(redis, "muster", told, [id, LIFE_MS, FURTHEST_MS], z.number());
  const [, ...due] = await runScript(
    redis,
    "claim",
    [keys.lines],
    [MOST_AT_ONCE, LOOK_MS, LOOKS_PER_S],
    Claimed,
  );
  await Promise.all(due.map((destination) => doorman.lookAfter(destination)));
}

const Claimed = z.array(z.string());

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
