// When the first of two purchases turned out to have cost nothing, the day of the second was given back: the money of
// today's purchase could be spent once more today.
import { expect, test } from "vitest";
import { withReservations } from "../../../src/shared/store/budget.ts";
import { recordOutcome } from "../../../src/worker/attempt.ts";
import type { SubmitOutcome } from "../../../src/worker/novita/classify.ts";
import { newAttempt, NOON, submittingJob } from "../../support/job.ts";
import { submitPolicy } from "../../support/lifecycle-world.ts";
import { mustChange } from "../../support/must-change.ts";

const upstream = { status: 400, reason: null };
const refused: SubmitOutcome = { kind: "refused", code: "invalid_input", message: "no", upstream };

test("bought on one day and again on the next, and the first is refused late -> the first day is given back", () => {
  const first = newAttempt(NOON, { n: 1, state: "unknown" });
  const second = newAttempt(NOON, { n: 2 });
  const job = submittingJob(NOON, { attempts: [first, second], reservedOn: [20_455, 20_456] });
  const change = mustChange(recordOutcome(job, first.id, refused, NOON, submitPolicy));
  expect(withReservations(job, change, NOON).job.reservedOn).toEqual([20_456]);
});
