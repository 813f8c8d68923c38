/** The switch of submissions: while it is off nothing is bought, whatever waits; all else goes on. */
import { z } from "zod";

import { stored } from "../stored.ts";
import type { Keys } from "./keys.ts";
import { readRecordOr } from "./record.ts";
import type { Snapshot } from "./record.ts";
import type { RedisClient } from "./redis.ts";

/** `status` is what `begin.lua` goes by. `since` in ms by Redis' clock. */
export const Submissions = stored({
  status: z.enum(["open", "paused"]),
  version: z.number(),
  since: z.number().nullable(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
});
export type Submissions = z.infer<typeof Submissions>;

export const openSubmissions: Submissions = {
  status: "open",
  version: 0,
  since: null,
  by: null,
  reason: null,
};

/** What the audit log says of it. */
export const aboutSubmissions = { tenant: null, subject: "submissions" };

/** Paused from `since` on. null: it is already, and keeps its time and its reason. */
export const pausedBy = (
  present: Submissions,
  by: string,
  reason: string | null,
  since: number,
): Submissions | null =>
  present.status === "paused" ? null : { ...present, status: "paused", since, by, reason };

export const readSwitch = (redis: RedisClient, keys: Keys): Promise<Snapshot<Submissions>> =>
  readRecordOr(redis, keys.submissions, Submissions, openSubmissions);
