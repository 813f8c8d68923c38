// GET /v1/webhook-secret by the operator, who receives no events.
import { expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";

test("the operator's key -> 403", async () => {
  const api = await readyApi();
  expect(await api.call("GET", "/v1/webhook-secret", { key: ADMIN })).toMatchObject({
    status: 403,
    json: { status: 403, code: "forbidden" },
  });
});
