/**
 * Which versions of a tenant's webhook secret sign. The secrets are derived, never stored; what is kept is how often they were
 * rotated, and until when the versions that were replaced still sign, so that receivers can change over in between.
 */
import { z } from "zod";

import { stored } from "../stored.ts";
import { tenantSecrets } from "../webhook/sign.ts";
import type { Keys } from "./keys.ts";
import { readRecordOr } from "./record.ts";
import type { RedisClient } from "./redis.ts";

/** `replaced`: newest first, each with the time (Redis' ms) from which it does not sign any more. */
export const Rotation = stored({
  status: z.literal("kept"),
  version: z.number(),
  current: z.number(),
  replaced: z.array(stored({ version: z.number(), until: z.number() })),
});
export type Rotation = z.infer<typeof Rotation>;

/** A tenant's before the first rotation. */
export const unrotated: Rotation = { status: "kept", version: 0, current: 0, replaced: [] };

/** The versions that sign now, the current one first. */
export const signingVersions = ({ current, replaced }: Rotation, now: number): number[] => [
  current,
  ...replaced.filter(({ until }) => until > now).map(({ version }) => version),
];

/** The secrets that sign for a tenant now, the current ones first. */
export async function readTenantSecrets(
  redis: RedisClient,
  keys: Keys,
  masterKeys: readonly Buffer[],
  tenant: string,
): Promise<string[]> {
  const { record, now } = await readRecordOr(redis, keys.rotation(tenant), Rotation, unrotated);
  return tenantSecrets(masterKeys, tenant, signingVersions(record, now()));
}
