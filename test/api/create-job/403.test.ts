// POST /v1/jobs by the operator, who buys nothing in a tenant's name.
import { expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";
import { holdings, nothing, smallBody } from "../support.ts";

test("the operator's key -> 403, nothing created", async () => {
  const api = await readyApi();
  const answer = await api.post(smallBody, { key: ADMIN, headers: { "idempotency-key": "k" } });
  expect(answer).toBeProblem(403, "forbidden");
  expect(answer.headers).not.toHaveProperty("www-authenticate");
  expect(await holdings(api)).toEqual(nothing);
});
