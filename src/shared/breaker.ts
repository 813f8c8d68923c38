/** What can stop submissions: an empty wallet or a bad key, something in the way, or no answers. */
export const breakerCauses = ["account", "proxy", "trouble"] as const;
export type BreakerCause = (typeof breakerCauses)[number];
