// POST /v1/jobs/{id}/retry with a body that is not called JSON.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, makeJobIn } from "../support.ts";
import { retry } from "./support.ts";

test.each(["text/plain", "application/x-www-form-urlencoded"])("Content-Type %s -> 415", async (type) => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  const answer = await retry(api, id, { raw: "{}", headers: { "content-type": type } });
  expect(answer).toBeProblem(415, "unsupported_media_type");
  expect((await holdings(api)).jobs).toEqual([id]);
});
