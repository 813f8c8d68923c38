/** What a caller is told when its change could not be written: the queue is full, the budget spent, the task another's. */
import type { ApiConfig } from "../shared/config.ts";
import type { Bar } from "../shared/store/record.ts";
import { Problem, problems } from "./problem.ts";

export type Limits = Pick<ApiConfig, "DAILY_BUDGET_USD" | "MAX_QUEUED_PER_TENANT" | "INTAKE_MEMORY_PERCENT">;

/** `estimate`: what the job costs, in micro-dollars; null: nobody knows. */
export function barredBy(bar: Bar, limits: Limits, estimate: number | null): Problem {
  switch (bar.as) {
    case "budget": {
      if (estimate === null) return unpriced();
      const [budget, spent] = [limits.DAILY_BUDGET_USD ?? 0, Number(bar.found)].map(inDollars);
      return new Problem(
        "budget_exceeded",
        `The budget is ${budget} for each UTC day, of which ${spent} are spent or reserved: this would be more.`,
      );
    }
    case "memory":
      return new Problem(
        "memory_full",
        `Redis has used ${bar.found} % of its memory, and from ${limits.INTAKE_MEMORY_PERCENT} % on new jobs are refused so that those accepted can be finished. Nothing was created: try again later.`,
      );
    case "room":
      return tooManyQueued(bar.found, limits.MAX_QUEUED_PER_TENANT);
    case "owner":
      return new Problem("conflict", `The task belongs to the job ${bar.found}.`);
    case "free":
      return new Problem("conflict", "An equal request is under way. Repeat it.");
  }
}

/** When there is room again nobody knows: it is worth another try as soon as its Retry-After says. */
function tooManyQueued(found: string, quota: number): Problem {
  const detail = `${found} jobs are queued, and at most ${quota} may be. Try again later.`;
  const resetS = problems.too_many_queued.retryAfterS;
  return new Problem("too_many_queued", detail, {}, { name: "queued", quota, remaining: 0, resetS });
}

export const unpriced = (): Problem =>
  new Problem(
    "budget_exceeded",
    "The price of this model and size is not known here, so the budget cannot be kept: set PRICES.",
  );

export const inDollars = (micro: number): string => `$${micro / 1_000_000}`;
