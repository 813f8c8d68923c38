// DELETE /v1/jobs/{id} by nobody that we know.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJobIn, recordOf } from "../support.ts";

test("no key -> 401, and nothing is erased", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  expect(await api.call("DELETE", `/v1/jobs/${id}`, { key: null })).toBeProblem(401, "unauthorized");
  expect((await recordOf(api, id)).erasedAt).toBeNull();
});
