/** When the harness itself was kept waiting: what it saw then, it saw late. */
import type { OnEnd } from "../e2e/support/on-end.ts";
import type { Evidence } from "./evidence.ts";

const LOOKS_EVERY_MS = 50;
const TOO_LATE_MS = 300;

/** Grows for as long as the run lasts. */
export function watchLag(onEnd: OnEnd): Evidence["troubled"] {
  const lags: Evidence["troubled"] = [];
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - last > LOOKS_EVERY_MS + TOO_LATE_MS) lags.push({ from: last, to: now, target: "harness" });
    last = now;
  }, LOOKS_EVERY_MS);
  onEnd(() => clearInterval(timer));
  return lags;
}
