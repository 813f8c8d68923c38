// POST /v1/jobs/{id}/resolve with a decision that there is not.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { faultsOf, makeJobIn, statusOf } from "../support.ts";

test.each<[string, unknown, string[]]>([
  ["no body", undefined, [""]],
  ["null", null, [""]],
  ["a list", ["fail"], [""]],
  ["no action", {}, ["/action"]],
  ["an unknown action", { action: "retry" }, ["/action"]],
  ["an action that is null", { action: null }, ["/action"]],
  ["attempt 0", { action: "fail", attempt: 0 }, ["/attempt"]],
  ["attempt 1.5", { action: "fail", attempt: 1.5 }, ["/attempt"]],
  ["an attempt as a string", { action: "fail", attempt: "1" }, ["/attempt"]],
  ["an attempt that is null", { action: "fail", attempt: null }, ["/attempt"]],
  ["an unknown field", { action: "fail", why: "x" }, ["/why"]],
  ["several faults", { action: "x", attempt: -1, why: "x" }, ["/action", "/attempt", "/why"]],
])("%s -> 422 at the place, and the job stays unconfirmed", async (_name, body, pointers) => {
  const api = await readyApi();
  const id = await makeJobIn(api, "unconfirmed");
  const answer = await api.call("POST", `/v1/jobs/${id}/resolve`, body === undefined ? {} : { body });
  expect(faultsOf(answer)).toMatchObject(pointers.map((pointer) => ({ pointer })));
  expect(await statusOf(api, id)).toBe("unconfirmed");
});

test("a key that came with another decision before -> 422", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "unconfirmed");
  const headers = { "idempotency-key": "k" };
  const path = `/v1/jobs/${id}/resolve`;
  expect((await api.call("POST", path, { body: { action: "fail" }, headers })).status).toBe(200);
  const other = await api.call("POST", path, { body: { action: "resubmit" }, headers });
  expect(other).toBeProblem(422, "idempotency_key_reused");
});
