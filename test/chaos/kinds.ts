import { keysOf } from "../../src/shared/keys-of.ts";

/** What the run breaks, beside what each job brings with it. The table in the report, and the minimum of each, follow from here. */
export const faultKinds = {
  latency: "a process' way to Redis is slow and jittery",
  drip: "a process' way to Redis passes a few bytes at a time",
  cut: "a process' connections to Redis are closed",
  reset: "a process' connections to Redis are reset",
  "half-open": "one direction of a process' way to Redis goes silent",
  blackhole: "a process' way to Redis takes connections and says nothing",
  "novita-reset": "a worker's connections to Novita are reset",
  "novita-blackhole": "a worker's way to Novita takes connections and says nothing",
  "kill-worker": "SIGKILL of a worker, and another one in its place",
  "kill-api": "SIGKILL of an API, and another one in its place",
  "freeze-worker": "SIGSTOP of a worker, then SIGCONT",
  "freeze-api": "SIGSTOP of an API, then SIGCONT",
  "freeze-long": "SIGSTOP of a worker for longer than its locks, then SIGCONT",
  "kill-redis": "SIGKILL of Redis, which comes back with its file",
  "freeze-redis": "SIGSTOP of Redis, then SIGCONT",
  "clock-forward": "a process' wall clock is set forward, and back after a while",
  "clock-back": "a process' wall clock is set back, and right after a while",
  pause: "the operator pauses submissions, and resumes them",
} as const;

export type FaultKind = keyof typeof faultKinds;

/** Once in so many faults: each of them takes a worker away for half a minute. */
const LONG_FREEZE_EVERY = 50;

/** How often each kind comes among so many faults. */
export function sharesOf(faults: number): Map<FaultKind, number> {
  const long = Math.floor(faults / LONG_FREEZE_EVERY);
  const kinds = keysOf(faultKinds).filter((kind) => kind !== "freeze-long");
  const shares = new Map<FaultKind, number>(
    kinds.map((kind, index) => [kind, Math.floor((faults - long + kinds.length - 1 - index) / kinds.length)]),
  );
  if (long > 0) shares.set("freeze-long", long);
  return shares;
}
