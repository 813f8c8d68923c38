import { expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";
import { SIGN_IN, visit } from "./support.ts";

test("the form's key comes in the URL -> 422, and no session", async () => {
  const api = await readyApi();
  const answer = await visit(api, `${SIGN_IN}?key=${ADMIN}`, { method: "POST", form: { key: ADMIN } });
  expect(answer.status).toBe(422);
  expect(answer.headers["set-cookie"]).toBeUndefined();
});

test.each([
  ["no key", ""],
  ["two keys", `key=${ADMIN}&key=${ADMIN}`],
  ["another field", `key=${ADMIN}&next=https://evil.example`],
])("the form comes with %s -> 422, and no session", async (_name, raw) => {
  const api = await readyApi();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await api.call("POST", SIGN_IN, { key: null, headers, raw });
  expect(answer).toBeProblem(422, "invalid");
  expect(answer.headers["set-cookie"]).toBeUndefined();
});
