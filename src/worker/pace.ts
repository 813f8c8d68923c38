/**
 * GCRA's two numbers for a number of submissions a minute: evenly spaced, with a small burst, and never more than the limit
 * in any minute, the burst included.
 */
export function pace(rpm: number): { paceIntervalMs: number; paceToleranceMs: number } {
  const burst = Math.max(1, Math.floor(Math.min(rpm / 10, 5 + rpm / 600)));
  const paceIntervalMs = 60_000 / (rpm - burst + 1);
  return { paceIntervalMs, paceToleranceMs: (burst - 1) * paceIntervalMs };
}
