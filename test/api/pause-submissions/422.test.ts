// POST /v1/admin/submissions/pause with a reason that cannot be kept, or a key that belongs to another request.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { asOperator, countDeeds, pointersOf } from "../support.ts";

const pause = (api: TestApi, options = {}) => asOperator(api, "POST", "/v1/admin/submissions/pause", options);

test.each<[string, unknown, string]>([
  ["no object", [], ""],
  ["an unknown field", { resaon: "typo" }, "/resaon"],
  ["an empty reason", { reason: "" }, "/reason"],
  ["a number as reason", { reason: 7 }, "/reason"],
  ["a reason of 501 characters", { reason: "x".repeat(501) }, "/reason"],
  ["half a surrogate pair", { reason: "\ud83c" }, "/reason"],
])("%s -> 422 at %j's place, nothing paused", async (_what, body, pointer) => {
  const api = await readyApi();
  expect(pointersOf(await pause(api, { body }))).toEqual([pointer]);
  expect(await countDeeds(api, "submissions.pause")).toBe(0);
});

test("a reason of 500 characters -> 200", async () => {
  const api = await readyApi();
  const reason = "x".repeat(500);
  expect((await pause(api, { body: { reason } })).json["reason"]).toBe(reason);
});

test("the same Idempotency-Key with another reason -> 422, the first pause stands", async () => {
  const api = await readyApi();
  const headers = { "idempotency-key": "k" };
  await pause(api, { headers, body: { reason: "first" } });
  expect(await pause(api, { headers, body: { reason: "second" } })).toBeProblem(
    422,
    "idempotency_key_reused",
  );
  const read = await asOperator(api, "GET", "/v1/admin/submissions");
  expect(read.json).toMatchObject({ paused: true, reason: "first" });
});
