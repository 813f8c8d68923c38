// GET /v1/deliveries by nobody that we know.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";

test.each([
  ["no key", null],
  ["an unknown key", "a-key-that-nobody-was-given"],
])("%s -> 401", async (_name, key) => {
  const api = await readyApi();
  expect(await api.call("GET", "/v1/deliveries", { key })).toBeProblem(401, "unauthorized");
});
