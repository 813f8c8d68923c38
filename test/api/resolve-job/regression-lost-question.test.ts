// An attach whose question to a worker Redis did not confirm was answered without the job and without what to do.
import { expect, test } from "vitest";
import { openLossyApi } from "../../support/gated-api.ts";
import { running } from "../../support/novita.ts";
import { lookLate } from "../../support/polling.ts";
import { makeJobIn } from "../support.ts";
import { attach } from "./attach.ts";

const setUp = async () => {
  const { direct, lossy } = await openLossyApi((words) =>
    words.some((word) => word.includes('"about":"attach"')),
  );
  return { direct, lossy, id: await makeJobIn(direct, "unconfirmed") };
};

test("asked, but the answer of the write is lost -> 503 with job_id and the advice to look first", async () => {
  const { lossy, id } = await setUp();
  const lost = await attach(lossy, id);
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  expect(lost.json["job_id"]).toBe(id);
  expect(lost.json["detail"]).toContain(`Look at ${id}`);
});

test("with a key -> 503 says to repeat with it, and the repeat finds the task attached", async () => {
  const { direct, lossy, id } = await setUp();
  const headers = { "idempotency-key": "k" };
  const lost = await attach(lossy, id, {}, { headers });
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.json["job_id"]).toBe(id);
  expect(lost.json["detail"]).toContain("Repeat the request with the same Idempotency-Key");
  await lookLate(direct, id, running());
  const again = await attach(direct, id, {}, { headers });
  expect(again).toMatchObject({ status: 200, json: { id, status: "processing" } });
});
