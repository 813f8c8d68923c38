// A resolve whose write Redis did not confirm was answered like any failure, without the job and without what to do; a
// caller who repeats it blindly must not buy twice.
import { expect, test } from "vitest";
import { transition } from "../../e2e/support/writes.ts";
import { openLossyApi } from "../../support/gated-api.ts";
import { makeJobIn, recordOf } from "../support.ts";

const isResubmit = transition("resubmit");

const setUp = async () => {
  const { direct, lossy } = await openLossyApi((words) => isResubmit(words, ""));
  const id = await makeJobIn(direct, "unconfirmed");
  return { direct, lossy, id, path: `/v1/jobs/${id}/resolve` };
};
const body = { action: "resubmit" };

test("written, but the answer is lost -> 503 with job_id and the advice to look first", async () => {
  const { direct, lossy, id, path } = await setUp();
  const lost = await lossy.call("POST", path, { body });
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  expect(lost.json["job_id"]).toBe(id);
  expect(lost.json["detail"]).toContain(`Look at ${id}`);
  expect(await recordOf(direct, id)).toMatchObject({ status: "queued", submitWake: 2 });
});

test("with a key -> 503 says to repeat with it, and the repeat is a replay: queued anew once", async () => {
  const { direct, lossy, id, path } = await setUp();
  const headers = { "idempotency-key": "k" };
  const lost = await lossy.call("POST", path, { body, headers });
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.json["job_id"]).toBe(id);
  expect(lost.json["detail"]).toContain("Repeat the request with the same Idempotency-Key");
  const again = await direct.call("POST", path, { body, headers });
  expect(again.status).toBe(200);
  expect(again.headers["idempotent-replayed"]).toBe("true");
  expect(await recordOf(direct, id)).toMatchObject({ status: "queued", submitWake: 2, version: 4 });
});
