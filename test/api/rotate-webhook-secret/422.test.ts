// POST /v1/webhook-secret/rotate with something to say.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { countDeeds, pointersOf } from "../support.ts";

const path = "/v1/webhook-secret/rotate";

test.each([[[]], ["x"], [7]])("the body %j -> 422, nothing rotated", async (body) => {
  const api = await readyApi();
  expect(pointersOf(await api.call("POST", path, { body }))).toEqual([""]);
  expect(await countDeeds(api, "secret.rotate")).toBe(0);
});

test("an unknown field -> 422 that names it", async () => {
  const api = await readyApi();
  expect(pointersOf(await api.call("POST", path, { body: { secret: "mine" } }))).toEqual(["/secret"]);
});
