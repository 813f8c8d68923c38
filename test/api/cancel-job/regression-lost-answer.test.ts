// A cancel whose write Redis did not confirm was answered like any failure, without the job and without what to do.
import { expect, test } from "vitest";
import { transition } from "../../e2e/support/writes.ts";
import { openLossyApi } from "../../support/gated-api.ts";
import { holdings, makeJob, smallBody, statusOf } from "../support.ts";

const webhook = { url: "https://hooks.example.com/h" };
const isCancel = transition("cancel");

const setUp = async () => {
  const { direct, lossy } = await openLossyApi((words) => isCancel(words, ""));
  const id = await makeJob(direct, { ...smallBody, webhook });
  return { direct, lossy, id, path: `/v1/jobs/${id}/cancel` };
};

test("written, but the answer is lost -> 503 with job_id and the advice to look first", async () => {
  const { direct, lossy, id, path } = await setUp();
  const lost = await lossy.call("POST", path);
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  expect(lost.json["job_id"]).toBe(id);
  expect(lost.json["detail"]).toContain(`Look at ${id}`);
  expect(await statusOf(direct, id)).toBe("canceled");
});

test("with a key -> 503 says to repeat with it, and the repeat is a replay: one event", async () => {
  const { direct, lossy, id, path } = await setUp();
  const headers = { "idempotency-key": "k" };
  const lost = await lossy.call("POST", path, { headers });
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.json["job_id"]).toBe(id);
  expect(lost.json["detail"]).toContain("Repeat the request with the same Idempotency-Key");
  // The job was there before: it is no rival's.
  expect(lost.json["detail"]).not.toContain("equal request");
  const again = await direct.call("POST", path, { headers });
  expect(again.status).toBe(200);
  expect(again.headers["idempotent-replayed"]).toBe("true");
  expect(again.json).toMatchObject({ id, status: "canceled", version: 2 });
  expect(await holdings(direct)).toMatchObject({ events: 1 });
});
