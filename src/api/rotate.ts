/** The rotation of a tenant's webhook secret: the next version signs at once, the one before for a while yet. */
import type { Keys } from "../shared/store/keys.ts";
import { Rotation, signingVersions, unrotated } from "../shared/store/rotation.ts";
import { iso } from "../shared/wire.ts";
import { Problem } from "./problem.ts";
import type { Setting, SettingChange } from "./setting.ts";

/** A version that was replaced still signs this long, in ms. */
const OVERLAP_MS = 24 * 3_600_000;
/** At most this many replaced secrets sign at a time: each makes every delivery's header longer. */
export const MOST_REPLACED = 5;

export const rotationSetting = (keys: Keys, tenant: string): Setting<Rotation> => ({
  key: keys.rotation(tenant),
  schema: Rotation,
  initial: unrotated,
});

export const rotateSecret =
  (tenant: string): SettingChange<Rotation>["choose"] =>
  (present, now) => {
    const signing = signingVersions(present, now);
    const replaced = present.replaced.filter(({ version }) => signing.includes(version));
    if (replaced.length >= MOST_REPLACED) return tooOften(replaced);
    const current = present.current + 1;
    const last = { version: present.current, until: now + OVERLAP_MS };
    const after = { ...present, current, replaced: [last, ...replaced] };
    return { after, about: { tenant, subject: `webhook secret ${current}` } };
  };

/** `until`: when each of those that still sign stops to. */
export function tooOften(replaced: readonly { until: number | null }[]): Problem {
  const possibleAt = iso(Math.min(...replaced.map(({ until }) => until ?? Infinity)));
  return new Problem(
    "rotated_too_often",
    `The last ${MOST_REPLACED} secrets that were replaced still sign. The next rotation is possible at ${possibleAt}.`,
    { possible_at: possibleAt },
  );
}
