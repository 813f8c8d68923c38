/** The operator's hand on the switch of submissions, and all else that may keep a job from being bought. */
import type { Keys } from "../shared/store/keys.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import {
  aboutSubmissions,
  openSubmissions,
  pausedBy,
  readSwitch,
  Submissions,
} from "../shared/store/submissions.ts";
import type { Setting, SettingChange } from "./setting.ts";

type Choose = SettingChange<Submissions>["choose"];

export const submissionsSetting = (keys: Keys): Setting<Submissions> => ({
  key: keys.submissions,
  schema: Submissions,
  initial: openSubmissions,
});

/** A pause that holds already keeps its time and its reason. */
export const pauseSubmissions =
  (by: string, reason: string | null): Choose =>
  (present, since) => {
    const after = pausedBy(present, by, reason, since);
    return after && { after, about: { ...aboutSubmissions, reason } };
  };

export const resumeSubmissions: Choose = (present) =>
  present.status === "open" ? null : { after: { ...present, ...openSubmissions }, about: aboutSubmissions };

/** All that may keep a job from being bought, on the whole installation. */
export async function readSubmissions(redis: RedisClient, keys: Keys) {
  const [{ record, now }, breaker] = await Promise.all([
    readSwitch(redis, keys),
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
