// POST /v1/admin/submissions/pause when Redis does not confirm it.
import { expect, test } from "vitest";
import { openLossyApi } from "../../support/gated-api.ts";
import { asOperator, countDeeds } from "../support.ts";

const path = "/v1/admin/submissions/pause";
const isPause = (words: string[]) => words.some((word) => word.includes('"action":"submissions.pause"'));

test("written, but the answer is lost -> 503; with a key the repeat is a replay of one pause", async () => {
  const { direct, lossy } = await openLossyApi(isPause);
  const options = { headers: { "idempotency-key": "k" }, body: { reason: "now" } };
  const lost = await asOperator(lossy, "POST", path, options);
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  expect(lost.json).not.toHaveProperty("job_id");
  const again = await asOperator(direct, "POST", path, options);
  expect(again.headers["idempotent-replayed"]).toBe("true");
  expect(again.json).toMatchObject({ paused: true, reason: "now" });
  expect(await countDeeds(direct, "submissions.pause")).toBe(1);
});
