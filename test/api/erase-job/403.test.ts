// DELETE /v1/jobs/{id} by the operator, who erases nothing in a tenant's name.
import { expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";
import { makeJobIn, recordOf } from "../support.ts";

test("the operator's key -> 403, and nothing is erased", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  expect(await api.call("DELETE", `/v1/jobs/${id}`, { key: ADMIN })).toBeProblem(403, "forbidden");
  expect((await recordOf(api, id)).erasedAt).toBeNull();
});
