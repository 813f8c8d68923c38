// Vitest's JSON report as one honest line: what could not even be loaded counts as failed.
import { z } from "zod";

export type Tally = { passed: number; failed: number; skipped: number };

/** The part of the report that counts; its shape is that of Jest's. */
const Report = z.object({
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
});

/** `exitCode` is vitest's own: it also fails for errors that belong to no test. */
export function tallyReport(json: string | undefined, exitCode: number): Tally {
  const tally =
    json === undefined ? { passed: 0, failed: 0, skipped: 0 } : countTests(Report.parse(JSON.parse(json)));
  const hasUntoldFailure = exitCode !== 0 && tally.failed === 0;
  return hasUntoldFailure ? { ...tally, failed: 1 } : tally;
}

export function formatTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function countTests({ testResults }: z.infer<typeof Report>): Tally {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of testResults) {
    for (const test of assertionResults) tally[outcomeOf(test.status)] += 1;
    const hasFailedTest = assertionResults.some((test) => outcomeOf(test.status) === "failed");
    if (status === "failed" && !hasFailedTest) tally.failed += 1;
  }
  return tally;
}

function outcomeOf(status: string): keyof Tally {
  if (status === "passed" || status === "failed") return status;
  return "skipped";
}
