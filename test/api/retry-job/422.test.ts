// POST /v1/jobs/{id}/retry with arguments that it does not take, or of what would not keep its own limit any more.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { faultsOf, holdings, makeJobIn, recordOf } from "../support.ts";
import { fullBody, retry } from "./support.ts";

test.each<[string, unknown, string]>([
  ["a field", { input: { prompt: "another" } }, "/input"],
  ["a list", [], ""],
  ["a string", "now", ""],
])("%s -> 422 at the place, nothing bought", async (_name, body, pointer) => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  expect(faultsOf(await retry(api, id, { body }))).toMatchObject([{ pointer }]);
  expect((await holdings(api)).jobs).toEqual([id]);
});

test.each([
  ["has risen above its max_cost", "wan2.7-t2v:720P=0.30", "The estimate is now $1.2,"],
  [
    "is not known any more, and it has a max_cost",
    "wan2.7-t2v:1080P=0.15",
    "The price of its model and size",
  ],
])("the price %s -> 422 with the job, about its own limit, nothing bought", async (_name, prices, why) => {
  const api = await readyApi({ PRICES: "wan2.7-t2v:720P=0.10" });
  const id = await makeJobIn(api, "failed", { ...fullBody, max_cost: 1 });
  const later = await readyApi({ ...api.environment, PRICES: prices });
  const answer = await retry(later, id);
  expect(answer).toBeProblem(422, "invalid");
  expect(answer.json).toMatchObject({
    job_id: id,
    job_status: "failed",
    detail: expect.stringContaining("the job's own max_cost"),
  });
  expect(answer.json["detail"]).toContain(why);
  // The request has no body that a fault could point into.
  expect(answer.json).not.toHaveProperty("errors");
  expect((await holdings(api)).jobs).toEqual([id]);
  expect((await recordOf(api, id)).retriedBy).toBeNull();
});
