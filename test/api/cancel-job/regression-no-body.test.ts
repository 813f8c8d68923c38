// A POST without a body reaches its schema as null, which was not an empty object: nobody could cancel by plain curl.
import { expect, test } from "vitest";
import { caller, readyApi } from "../../support/api.ts";
import { makeJob } from "../support.ts";

test("a cancel without a body and without a Content-Type -> 200 canceled", async () => {
  const api = await readyApi();
  const id = await makeJob(api);
  const answer = await caller(api.url)("POST", `/v1/jobs/${id}/cancel`);
  expect(answer.status).toBe(200);
  expect(answer.json["status"]).toBe("canceled");
});
