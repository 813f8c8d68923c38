// POST /v1/jobs/{id}/retry with Prefer: wait=N of a job that takes longer.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJobIn } from "../support.ts";
import { retry } from "./support.ts";

test("the new job is not at rest in time -> 202 with it as it is, and that it was waited for", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  expect(await retry(api, id, { headers: { prefer: "wait=1" } })).toMatchObject({
    status: 202,
    json: { status: "queued", retry_of: id },
    headers: { "preference-applied": "wait=1" },
  });
});
