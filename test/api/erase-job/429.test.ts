// DELETE /v1/jobs/{id} by a tenant that asks too often.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJobIn, recordOf } from "../support.ts";

test("RATE_LIMIT_RPM is spent -> 429 with Retry-After, and nothing is erased", async () => {
  const api = await readyApi({ RATE_LIMIT_RPM: "1" });
  const id = await makeJobIn(api, "failed");
  const answer = await api.call("DELETE", `/v1/jobs/${id}`);
  expect(answer).toBeProblem(429, "rate_limited");
  expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
  expect((await recordOf(api, id)).erasedAt).toBeNull();
});
