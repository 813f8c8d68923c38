/** The ledger of deliveries: the same guarded writes as for jobs. */
import type { Delivery, DeliveryEnd } from "../delivery.ts";
import { attemptCommand } from "./attempts.ts";
import type { AttemptEntry } from "./attempts.ts";
import { withKey } from "./bindings.ts";
import { createDeliveryReads } from "./delivery-reads.ts";
import { healthCommands } from "./endpoint-health.ts";
import type { Keys } from "./keys.ts";
import { deliveryCommands } from "./outgoing.ts";
import type { Policy } from "./policy.ts";
import { commitRecord } from "./record.ts";
import type { Binding, Guard, Written } from "./record.ts";
import type { RedisClient } from "./redis.ts";
import type { Command, Condition } from "./scripts.ts";

/** What came of a write, and the delivery as it is if it was written. */
type Wished = { written: Written; after: Delivery };

/** The beginning of an attempt, and the delivery as it is if that is written. */
type Begin = { after: Delivery; guard: Guard; commands: Command[] };

export type DeliveryStore = ReturnType<typeof createDeliveryStore>;

type Deps = { redis: RedisClient; keys: Keys; policy: Policy };

export function createDeliveryStore({ redis, keys, policy }: Deps) {
  /** Writes the next state if nobody else wrote in between; null: somebody did, and the caller must read again. */
  async function writeDelivery(
    before: Delivery,
    patch: Partial<Delivery>,
    now: number,
    entry?: AttemptEntry,
  ): Promise<Delivery | null> {
    const status = patch.status ?? before.status;
    const result = entry ? resultCommands(keys, before, entry, status, now) : [];
    const { written, after } = await write(before, patch, now, result);
    return written.as === "written" ? after : null;
  }

  /** Ends one that has waited in vain for its destination, if nobody else wrote in between: its endpoint has missed an event. */
  async function giveUp(before: Delivery, now: number): Promise<Delivery | null> {
    const patch = unreached(before, now);
    const health = healthCommands(keys, before, { error_code: patch.lastError }, "failed", now);
    const { written, after } = await write(before, patch, now, health);
    return written.as === "written" ? after : null;
  }

  /** Gives a delivery up, if nobody else wrote in between and the conditions hold. Returns whether it did. */
  async function abortDelivery(
    before: Delivery,
    end: DeliveryEnd,
    now: number,
    conditions: Condition[] = [],
  ): Promise<boolean> {
    return (await write(before, aborted(end, now), now, [], conditions)).written.as === "written";
  }

  /**
   * Writes what a caller wishes for, together with the binding of its Idempotency-Key, which then stands in the record, and
   * tells what was in the way.
   */
  async function writeWish(
    before: Delivery,
    patch: Partial<Delivery>,
    now: number,
    binding: Binding | null,
  ): Promise<Wished> {
    if (!binding) return write(before, patch, now);
    const idempotencyKeys = withKey(before.idempotencyKeys, binding.key);
    const bind: Command = ["SET", binding.key, binding.value];
    return write(before, { ...patch, idempotencyKeys }, now, [bind], [["free", binding.key]]);
  }

  async function write(
    before: Delivery,
    patch: Partial<Delivery>,
    now: number,
    additions: Command[] = [],
    conditions: Condition[] = [],
  ): Promise<Wished> {
    const after = { ...before, ...patch, version: before.version + 1 };
    const commands = [...deliveryCommands(keys, policy, before, after, now), ...additions];
    return { written: await commitRecord(redis, { ...guardOf(keys, before), conditions }, commands), after };
  }

  /** Begins an attempt that needs no place, if nobody else wrote in between. */
  const beginAttempt = (before: Delivery, url: string, now: number): Promise<Delivery | null> =>
    writeDelivery(before, begun(before, url), now);

  /** What begins the next attempt; it is for `places.ts` to write it, or not. */
  function planAttempt(before: Delivery, url: string, now: number): Begin {
    const after = { ...before, ...begun(before, url), version: before.version + 1 };
    const commands = deliveryCommands(keys, policy, before, after, now);
    return { after, guard: guardOf(keys, before), commands };
  }

  const reads = createDeliveryReads({ redis, keys });
  const bindOnly = bindTo({ redis, keys, policy });
  return { ...reads, writeDelivery, giveUp, abortDelivery, writeWish, bindOnly, beginAttempt, planAttempt };
}

/**
 * Binds a key to a delivery that is left as it is, version and all, since an attempt may be on its way. No record names
 * the key, so it is kept for the retention.
 */
const bindTo =
  ({ redis, keys, policy }: Deps) =>
  async (before: Delivery, { key, value }: Binding): Promise<Wished> => {
    const guard: Guard = { ...guardOf(keys, before), conditions: [["free", key]] };
    const bind: Command = ["SET", key, value, "PX", policy.retentionMs];
    return { written: await commitRecord(redis, guard, [bind]), after: before };
  };

const begun = ({ attempt }: Delivery, url: string) =>
  ({ status: "delivering", attempt: attempt + 1, url }) as const;

const resultCommands = (
  keys: Keys,
  before: Delivery,
  entry: AttemptEntry,
  status: Delivery["status"],
  now: number,
): Command[] => [attemptCommand(keys, before.id, entry), ...healthCommands(keys, before, entry, status, now)];

const aborted = (end: DeliveryEnd, now: number) =>
  ({ status: "aborted", lastError: end, finishedAt: now }) as const;

const unreached = ({ lastError }: Delivery, now: number) =>
  ({ status: "failed", lastError: lastError ?? "destination_down", finishedAt: now }) as const;

const guardOf = (keys: Keys, { id, version, status }: Delivery): Guard => ({
  key: keys.delivery(id),
  version,
  sources: [status],
});
