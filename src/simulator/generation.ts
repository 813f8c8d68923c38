import type { Order } from "./order.ts";

const SPREAD = 0.35;
const USUAL_DURATION_S = 5;
const DEAR_TIER = 1.6;

/** Draws a log-normal time around the mean of this size and duration; `meanMs` is that of 5 s at 720P. */
export function drawGenerationMs(order: Order, meanMs: number, random: () => number): number {
  const expected = meanMs * (order.tier === "1080P" ? DEAR_TIER : 1) * (order.duration / USUAL_DURATION_S);
  // A log-normal's mean is exp(spread²/2) above its median.
  return expected * Math.exp(SPREAD * drawNormal(random) - SPREAD ** 2 / 2);
}

/** Box and Muller, held within three deviations so that no task takes a freak's time. */
function drawNormal(random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.max(-3, Math.min(3, normal));
}
