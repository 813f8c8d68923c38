// GET /v1/admin/jobs where no operator is known: there is no such route.
import { expect, test } from "vitest";
import { ACME, ADMIN, readyApi } from "../../support/api.ts";

test.each([
  ["a tenant's key", ACME],
  ["what would be the operator's key", ADMIN],
  ["no key", null],
])("no ADMIN_KEY, %s -> 404", async (_name, key) => {
  const api = await readyApi({ ADMIN_KEY: "" });
  expect(await api.call("GET", "/v1/admin/jobs", { key })).toBeProblem(404, "not_found");
});
