// POST /v1/admin/submissions/resume with something to say.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { asOperator, pointersOf } from "../support.ts";

const path = "/v1/admin/submissions/resume";

test("a reason -> 422 that names it, still paused", async () => {
  const api = await readyApi();
  await asOperator(api, "POST", "/v1/admin/submissions/pause");
  const answer = await asOperator(api, "POST", path, { body: { reason: "done" } });
  expect(pointersOf(answer)).toEqual(["/reason"]);
  expect((await asOperator(api, "GET", "/v1/admin/submissions")).json["paused"]).toBe(true);
});
