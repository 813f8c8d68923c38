// POST /v1/jobs/{id}/cancel with arguments that it does not take.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { faultsOf, makeJob, statusOf } from "../support.ts";

test.each<[string, unknown, string]>([
  ["a field", { reason: "too dear" }, "/reason"],
  ["a list", [], ""],
  ["a string", "now", ""],
])("%s -> 422 at the place, and the job goes on", async (_name, body, pointer) => {
  const api = await readyApi();
  const id = await makeJob(api);
  expect(faultsOf(await api.call("POST", `/v1/jobs/${id}/cancel`, { body }))).toMatchObject([{ pointer }]);
  expect(await statusOf(api, id)).toBe("queued");
});
