import { describe, expect, test } from "vitest";
import { formatTally, tallyReport } from "../../tools/tally.ts";

function report(...files: [status: string, outcomes: string[]][]): string {
  return JSON.stringify({
    testResults: files.map(([status, outcomes]) => ({
      status,
      assertionResults: outcomes.map((outcome) => ({ status: outcome })),
    })),
  });
}

describe("tallyReport", () => {
  test("tests that passed, failed, were skipped or are to do -> each counted once", () => {
    const json = report(
      ["failed", ["passed", "failed", "skipped", "pending"]],
      ["passed", ["passed", "todo"]],
    );
    expect(tallyReport(json, 1)).toEqual({ passed: 2, failed: 1, skipped: 3 });
  });

  test("a file that does not load -> one failed", () => {
    expect(tallyReport(report(["failed", []], ["passed", ["passed"]]), 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  test("a file whose hook fails with its tests skipped -> one failed", () => {
    expect(tallyReport(report(["failed", ["skipped"]]), 1).failed).toBe(1);
  });

  test("all tests pass but vitest fails (an error outside any test) -> one failed", () => {
    expect(tallyReport(report(["passed", ["passed"]]), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  test("no report at all -> failed when vitest failed, nothing ran when it did not", () => {
    expect(tallyReport(undefined, 130).failed).toBe(1);
    expect(tallyReport(undefined, 0)).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });
});

describe("formatTally", () => {
  test("nothing skipped -> two numbers", () => {
    expect(formatTally({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  });

  test("something skipped -> said", () => {
    expect(formatTally({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
  });
});
