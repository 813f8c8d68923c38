/** What a caller is told when its change could not be written: the queue is full, the budget spent, the task another's. */
import type { ApiConfig } from "../shared/config.ts";
import type { Bar } from "../shared/store/record.ts";
import { Problem } from "./problem.ts";

export type Limits = Pick<ApiConfig, "DAILY_BUDGET_USD" | "MAX_QUEUED_PER_TENANT">;

export function barredBy(bar: Bar, limits: Limits): Problem {
  switch (bar.as) {
    case "budget": {
      const [budget, spent] = [limits.DAILY_BUDGET_USD ?? 0, Number(bar.found)].map(inDollars);
      return new Problem(
        "budget_exceeded",
        `The budget is ${budget} for each UTC day, of which ${spent} are spent or reserved: this would be more.`,
      );
    }
    case "room":
      return new Problem(
        "too_many_queued",
        `${bar.found} jobs are queued, and at most ${limits.MAX_QUEUED_PER_TENANT} may be. Try again later.`,
      );
    case "owner":
      return new Problem("conflict", `The task belongs to the job ${bar.found}.`);
    case "free":
      return new Problem("conflict", "An equal request is under way. Repeat it.");
  }
}

export const inDollars = (micro: number): string => `$${micro / 1_000_000}`;
