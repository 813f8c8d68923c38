// GET /readyz while Redis is there.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";

test("Redis is there -> 200 without a key", async () => {
  const api = await readyApi();
  const { status, json } = await api.call("GET", "/readyz", { key: null });
  expect({ status, json }).toEqual({ status: 200, json: { status: "ok" } });
});
