// POST /v1/admin/submissions/resume when Redis does not confirm it.
import { expect, test } from "vitest";
import { openLossyApi } from "../../support/gated-api.ts";
import { asOperator, countDeeds } from "../support.ts";

const path = "/v1/admin/submissions/resume";
const isResume = (words: string[]) => words.some((word) => word.includes('"action":"submissions.resume"'));

test("written, but the answer is lost -> 503 that advises to look first; it is open", async () => {
  const { direct, lossy } = await openLossyApi(isResume);
  await asOperator(direct, "POST", "/v1/admin/submissions/pause");
  const lost = await asOperator(lossy, "POST", path);
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.json).not.toHaveProperty("job_id");
  expect(lost.json["detail"]).toContain("Look at what came of it");
  expect((await asOperator(direct, "GET", "/v1/admin/submissions")).json["paused"]).toBe(false);
  expect(await countDeeds(direct, "submissions.resume")).toBe(1);
});
