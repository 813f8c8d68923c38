import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { SIGN_IN } from "./support.ts";

test("the form is more than 64 KiB -> 413", async () => {
  const api = await readyApi();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await api.call("POST", SIGN_IN, { key: null, headers, raw: `key=${"x".repeat(65_536)}` });
  expect(answer).toBeProblem(413, "too_large");
});
