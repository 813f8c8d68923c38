// A retry of a job that had succeeded and was erased since was a 409 that spoke of its status, as if another status would
// help: what is erased is gone.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, makeJobIn } from "../support.ts";
import { retry } from "./support.ts";

test("succeeded and erased -> 410, nothing bought", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "succeeded");
  expect(await retry(api, id)).toBeProblem(409, "conflict");
  await api.call("DELETE", `/v1/jobs/${id}`);
  const answer = await retry(api, id);
  expect(answer).toBeProblem(410, "gone");
  expect(answer.json).toMatchObject({ job_id: id, job_status: "succeeded" });
  expect((await holdings(api)).jobs).toEqual([id]);
});
