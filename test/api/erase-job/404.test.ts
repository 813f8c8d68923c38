// DELETE /v1/jobs/{id} of what the caller may not know of.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { makeJobIn, recordOf } from "../support.ts";

test.each(["failed", "queued"] as const)(
  "another tenant's job that is %s -> 404, and nothing is erased",
  async (status) => {
    const api = await readyApi();
    const id = await makeJobIn(api, status);
    expect(await api.call("DELETE", `/v1/jobs/${id}`, { key: GLOBEX })).toBeProblem(404, "not_found");
    expect((await recordOf(api, id)).erasedAt).toBeNull();
  },
);

test.each(["job_01ARZ3NDEKTSV4RRFFQ69G5FAV", "x"])("an unknown id, %s -> 404", async (id) => {
  const api = await readyApi();
  expect(await api.call("DELETE", `/v1/jobs/${id}`)).toBeProblem(404, "not_found");
});
