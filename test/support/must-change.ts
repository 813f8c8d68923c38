import { Problem } from "../../src/api/problem.ts";
import type { Change } from "../../src/shared/change.ts";

/** The change that a caller's decision must have been. */
export function mustChange(chosen: Change | Problem | null): Change {
  if (chosen && !(chosen instanceof Problem)) return chosen;
  throw new Error(chosen?.message ?? "the decision was to change nothing");
}
