// GET /v1/admin/audit with a query that makes no sense.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { asOperator, faultsOf } from "../support.ts";

test.each([
  ["limit=0", "limit"],
  ["limit=101", "limit"],
  ["limit=ten", "limit"],
  ["limit=", "limit"],
  ["limit=1&limit=2", "limit"],
  ["after=", "after"],
  ["after=yesterday", "after"],
  ["after=(1-1", "after"],
  ["after=0-0", "after"],
  ["after=000-00", "after"],
  ["after=1-1&after=2-1", "after"],
  ["before=1-1", "before"],
])("?%s -> 422 that names %j", async (query, parameter) => {
  const api = await readyApi();
  const faults = faultsOf(await asOperator(api, "GET", `/v1/admin/audit?${query}`));
  expect(faults).toEqual([{ parameter, detail: expect.stringMatching(/\S/) }]);
});
