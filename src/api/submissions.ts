/** The operator's switch: while it is paused nothing is bought, whatever waits; all else goes on. */
import { z } from "zod";

import type { Keys } from "../shared/store/keys.ts";
import { readRecordOr } from "../shared/store/record.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import type { Setting, SettingChange } from "./setting.ts";

/** `status` is what `begin.lua` goes by. `since` in ms by Redis' clock. */
const Submissions = z.strictObject({
  status: z.enum(["open", "paused"]),
  version: z.number(),
  since: z.number().nullable(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
});
export type Submissions = z.infer<typeof Submissions>;

type Choose = SettingChange<Submissions>["choose"];

const open: Submissions = { status: "open", version: 0, since: null, by: null, reason: null };
const about = { tenant: null, subject: "submissions" };

export const submissionsSetting = (keys: Keys): Setting<Submissions> => ({
  key: keys.submissions,
  schema: Submissions,
  initial: open,
});

/** A pause that holds already keeps its time and its reason. */
export const pauseSubmissions =
  (by: string, reason: string | null): Choose =>
  (present, since) =>
    present.status === "paused"
      ? null
      : { after: { ...present, status: "paused", since, by, reason }, about: { ...about, reason } };

export const resumeSubmissions: Choose = (present) =>
  present.status === "open" ? null : { after: open, about };

/** All that may keep a job from being bought, on the whole installation. */
export async function readSubmissions(redis: RedisClient, keys: Keys) {
  const { key, schema, initial } = submissionsSetting(keys);
  const [{ record, now }, breaker] = await Promise.all([
    readRecordOr(redis, key, schema, initial),
    redis.hgetall(keys.breaker),
  ]);
  const slotsInUse = await redis.zcount(keys.slots, `(${now()}`, "+inf");
  return { submissions: record, breaker: readBreaker(breaker), slotsInUse };
}

/** As `breaker.lua` writes it: a cause means that it is open. */
const readBreaker = ({ cause = "", since, failures = "0" }: Record<string, string>) => ({
  cause: cause === "" ? null : cause,
  since: cause === "" || since === undefined ? null : Number(since),
  failures: Number(failures),
});
