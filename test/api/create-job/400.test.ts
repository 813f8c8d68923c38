// POST /v1/jobs that cannot be read: nothing is made of it.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, nothing, smallBody } from "../support.ts";

const json = { "content-type": "application/json" };

test.each<[string, string | Buffer]>([
  ["half an object", '{"input":{"prompt":"a"}'],
  ["a comma too many", '{"input":{"prompt":"a"},}'],
  ["single quotes", "{'input':{'prompt':'a'}}"],
  ["no JSON", "hello"],
  ["two values", "{} {}"],
  ["NaN", '{"input":{"prompt":"a","seed":NaN}}'],
  ["only white space", "   "],
  ["a NUL", "\u0000"],
  ["gzip", Buffer.from("1f8b080000000000000003abae0500", "hex")],
  ["__proto__", '{"__proto__":{"admin":true},"input":{"prompt":"a"}}'],
  ["__proto__ further in", '{"input":{"prompt":"a","__proto__":{"size":"960*960"}}}'],
  ["__proto__ as metadata", '{"input":{"prompt":"a"},"metadata":{"__proto__":"x"}}'],
  ["__proto__ with an escape", '{"\\u005f_proto__":1,"input":{"prompt":"a"}}'],
  ["constructor.prototype", '{"constructor":{"prototype":{"admin":true}},"input":{"prompt":"a"}}'],
  ["brackets 30,000 deep, not closed", "[".repeat(30_000)],
])("%s -> 400 malformed, nothing created", async (_name, raw) => {
  const api = await readyApi();
  const answer = await api.call("POST", "/v1/jobs", { raw, headers: json });
  expect(answer).toBeProblem(400, "malformed");
  expect(await holdings(api)).toEqual(nothing);
});

test("an unreadable body -> the detail repeats nothing of it", async () => {
  const api = await readyApi();
  const answer = await api.call("POST", "/v1/jobs", { raw: "{secret-prompt", headers: json });
  expect(answer).toBeProblem(400, "malformed");
  expect(answer.text).not.toContain("secret");
});

test.each([
  ["empty", ""],
  ["256 characters", "k".repeat(256)],
  ["beyond ASCII", "clé"],
  ["a tab inside", "a\tb"],
])("Idempotency-Key %s -> 400, nothing created", async (_name, key) => {
  const api = await readyApi();
  const headers = { ...json, "idempotency-key": Buffer.from(key).toString("latin1") };
  const answer = await api.post(smallBody, { headers });
  expect(answer).toBeProblem(400, "idempotency_key_invalid");
  expect(await holdings(api)).toEqual(nothing);
});

test("REQUIRE_IDEMPOTENCY_KEY and no key -> 400; with one -> 202", async () => {
  const api = await readyApi({ REQUIRE_IDEMPOTENCY_KEY: "true" });
  expect(await api.post(smallBody)).toBeProblem(400, "idempotency_key_required");
  expect(await holdings(api)).toEqual(nothing);
  const answer = await api.post(smallBody, { headers: { "idempotency-key": "order-42" } });
  expect(answer.status).toBe(202);
});
