// GET /v1/admin/jobs with parameters that make no sense.
import { expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";
import { faultsOf } from "../support.ts";

test.each([
  ["an unknown one", "owner=acme", "owner"],
  ["a tenant that no one can be", "tenant=Acme%20Inc", "tenant"],
  ["everyone by its name in Redis", "tenant=*", "tenant"],
  ["a tenant with the name of an index", "tenant=acme:status:queued", "tenant"],
  ["an empty tenant", "tenant=", "tenant"],
  ["two tenants", "tenant=acme&tenant=globex", "tenant"],
  ["an unknown status", "status=done", "status"],
  ["a limit too high", "limit=101", "limit"],
  ["a cursor that is none", "after=x", "after"],
])("%s -> 422 that names it", async (_name, query, parameter) => {
  const api = await readyApi();
  const answer = await api.call("GET", `/v1/admin/jobs?${query}`, { key: ADMIN });
  expect(faultsOf(answer)).toEqual([{ parameter, detail: expect.stringMatching(/\S/) }]);
});
