/**
 * Whether a server still knows what has been bought. Pure judgements. A job that a wiped, rewound or restored Redis calls
 * `queued` may be bought already, so whoever finds out pauses submissions, and with the pause the next epoch begins.
 *
 * A worker that lives knows what it was told, which proves or disproves the server's memory. One that has just started knows
 * nothing: to it a server that has been restarted long after the last beat may be a backup.
 */

import type { Loss } from "../shared/losses.ts";

/** What this worker was told; `beatAt` by its own wall clock, in ms. */
export type Memory = {
  epoch: string;
  witness: string;
  run: string;
  begun: number;
  beats: number;
  beatAt: number;
};

/** What the server says. `buyable`: jobs that somebody may buy without being asked. `run` is '' where it is not told. */
export type Sighting = {
  isKnown: boolean;
  now: number;
  run: string;
  epoch: { id: string; after: string | null; at: number; run: string } | null;
  witness: { begun: number; beats: number } | null;
  jobs: number;
  buyable: number;
};

export type Judgement =
  /** It knows all that this worker was told. */
  | { as: "remembers" }
  /** Nothing speaks against it; this worker is new to it. */
  | { as: "joins" }
  | { as: "first_used" }
  /** Perhaps from a backup, but there is nothing that could be bought twice. */
  | { as: "restarted" }
  | { as: "forgot"; what: Loss; mustPause: boolean };

/** A witness outlives its last beat by this. */
export const WITNESS_LIFE_MS = 7 * 86_400_000;

/** What an orderly failover may lose: a few seconds of beats. More is a server from the past, whatever else it says. */
const BEATS_TO_LOSE = 5;

/** `gapMs`: RESTORE_GAP_S; 0 trusts every server that a new worker finds. `wallNow`: this worker's wall clock. */
export function judge(memory: Memory | null, seen: Sighting, gapMs: number, wallNow: number): Judgement {
  if (!memory) return judgeAsStranger(seen, gapMs);
  const { witness, epoch } = seen;
  if (witness && witness.begun >= memory.begun && witness.beats >= memory.beats) return { as: "remembers" };
  // Another worker has found it out, and has paused.
  if (epoch && epoch.after === memory.epoch) return { as: "joins" };
  if (witness) {
    const mustPause = witness.begun < memory.begun || memory.beats - witness.beats > BEATS_TO_LOSE;
    return { as: "forgot", what: "went_back", mustPause };
  }
  if (epoch?.id !== memory.epoch) return { as: "forgot", what: "wiped", mustPause: true };
  // A worker that was frozen for so long has outlived its witness, and knows no more than a new one.
  if (wallNow - memory.beatAt > WITNESS_LIFE_MS) return judgeAsStranger(seen, gapMs);
  return { as: "forgot", what: "went_back", mustPause: true };
}

function judgeAsStranger({ epoch, run, now, buyable }: Sighting, gapMs: number): Judgement {
  if (!epoch) return { as: "first_used" };
  const isSameServer = run !== "" && run === epoch.run;
  // A beat far in the future says as little as an old one: a clock was set.
  if (isSameServer || gapMs === 0 || Math.abs(now - epoch.at) <= gapMs) return { as: "joins" };
  return buyable === 0 ? { as: "restarted" } : { as: "forgot", what: "restored", mustPause: true };
}
