// PATCH /v1/webhook-endpoints/{id} with headers, where nothing can be kept secret.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { ENDPOINTS, makeEndpoint, noSealKey, readEndpoint } from "../endpoint-support.ts";

test("no ENCRYPTION_KEY -> 503, nothing changed, and no header in Redis in the clear", async () => {
  const api = await readyApi();
  const blind = await readyApi({ ...api.environment, ...noSealKey });
  const { id } = await makeEndpoint(api);
  const before = await readEndpoint(api, id);
  const body = { description: "x", headers: { "X-Shop": "7" } };
  const answer = await blind.call("PATCH", `${ENDPOINTS}/${id}`, { body });
  expect(answer).toBeProblem(503, "encryption_key_missing");
  expect(await readEndpoint(api, id)).toEqual(before);
});
