// POST /v1/jobs/{id}/resolve of what the caller may not know of.
import { expect, test } from "vitest";
import { ADMIN, GLOBEX, readyApi } from "../../support/api.ts";
import { makeJobIn, statusOf } from "../support.ts";

const body = { action: "resubmit" };

test("another tenant's job -> 404, and it stays unconfirmed", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "unconfirmed");
  expect(await api.call("POST", `/v1/jobs/${id}/resolve`, { key: GLOBEX, body })).toBeProblem(
    404,
    "not_found",
  );
  expect(await statusOf(api, id)).toBe("unconfirmed");
});

test("a job that never was, by the operator -> 404", async () => {
  const api = await readyApi();
  const path = "/v1/jobs/job_01ARZ3NDEKTSV4RRFFQ69G5FAV/resolve";
  expect(await api.call("POST", path, { key: ADMIN, body })).toBeProblem(404, "not_found");
});
