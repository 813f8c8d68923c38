// POST /v1/jobs/{id}/retry that cannot be read, or that buys without a key where that is not allowed.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, makeJob, makeJobIn, smallBody, takeTo } from "../support.ts";
import { retry } from "./support.ts";

const json = { "content-type": "application/json" };

test.each(["{", "hello", "{} {}"])("%s -> 400 malformed, nothing bought", async (raw) => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  expect(await retry(api, id, { raw, headers: json })).toBeProblem(400, "malformed");
  expect((await holdings(api)).jobs).toEqual([id]);
});

test.each([
  ["empty", ""],
  ["256 characters", "k".repeat(256)],
  ["beyond ASCII", Buffer.from("clé").toString("latin1")],
])("Idempotency-Key %s -> 400, nothing bought", async (_name, key) => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  const answer = await retry(api, id, { headers: { "idempotency-key": key } });
  expect(answer).toBeProblem(400, "idempotency_key_invalid");
  expect((await holdings(api)).jobs).toEqual([id]);
});

test("REQUIRE_IDEMPOTENCY_KEY and no key -> 400: it buys", async () => {
  const api = await readyApi({ REQUIRE_IDEMPOTENCY_KEY: "true" });
  const id = await makeJob(api, smallBody, { "idempotency-key": "k" });
  await takeTo(api, id, "failed");
  expect(await retry(api, id)).toBeProblem(400, "idempotency_key_required");
  expect((await holdings(api)).jobs).toEqual([id]);
});
