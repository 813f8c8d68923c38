import type { DirectiveOf, Script } from "./faults.ts";
import type { Ending } from "./faults/end.ts";
import type { Order } from "./order.ts";

/** What Novita sold. Its life is a function of the clock: no timer runs for a task. */
export interface Task {
  id: string;
  /** The file's name differs from the task's, as on the real service. */
  fileId: string;
  job: string | null;
  model: string;
  body: unknown;
  order: Order;
  script: Script;
  end: DirectiveOf<"end">;
  acceptedAt: number;
  generationMs: number;
  looks: number;
  honestLooksSinceEnd: number;
  downloads: number;
}

export type TaskState = "queued" | "processing" | Ending["state"];

/** `share` of the work done, 0..1. */
export type Moment = { state: "queued" | "processing"; share: number } | (Ending & { share: 1 });

const QUEUED_SHARE = 0.1;

export function taskAt(task: Task, now: number): Moment {
  if (now >= endsAt(task)) return { ...endOf(task), share: 1 };
  // A stuck task of no generation time at all must not divide by zero.
  const elapsed = (now - task.acceptedAt) / Math.max(1, task.generationMs);
  const share = Math.min(elapsed, task.end.fault.stopsAt ?? 1);
  return { state: share < QUEUED_SHARE ? "queued" : "processing", share };
}

/** Infinity for a task that is stuck. */
export function endsAt({ acceptedAt, generationMs, end }: Task): number {
  return acceptedAt + (end.fault.endsAfterMs?.(generationMs, end.argument) ?? generationMs);
}

function endOf({ end, honestLooksSinceEnd }: Task): Ending {
  const { fault, argument, times } = end;
  return fault.end({ look: honestLooksSinceEnd, argument, times });
}
