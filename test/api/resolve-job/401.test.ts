// POST /v1/jobs/{id}/resolve by nobody that we know.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJobIn, statusOf } from "../support.ts";

test("no key -> 401, and the job stays unconfirmed", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "unconfirmed");
  const body = { action: "resubmit" };
  expect(await api.call("POST", `/v1/jobs/${id}/resolve`, { key: null, body })).toBeProblem(
    401,
    "unauthorized",
  );
  expect(await statusOf(api, id)).toBe("unconfirmed");
});
