// POST /v1/jobs/{id}/retry with more than it could mean.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, makeJobIn } from "../support.ts";
import { retry } from "./support.ts";

test("a body over 64 KiB -> 413, nothing bought", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  expect(await retry(api, id, { body: { why: "x".repeat(65_536) } })).toBeProblem(413, "too_large");
  expect((await holdings(api)).jobs).toEqual([id]);
});
