// POST /v1/webhook-endpoints, repeated after its endpoint was deleted.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { ENDPOINTS, HOOK, listedIds, makeEndpoint, underKey } from "../endpoint-support.ts";

test("the key comes again -> 410, and no second endpoint", async () => {
  const api = await readyApi();
  const { id, secret } = await makeEndpoint(api, {}, underKey);
  await api.call("DELETE", `${ENDPOINTS}/${id}`);
  const again = await api.call("POST", ENDPOINTS, { body: { url: HOOK }, ...underKey });
  expect(again).toBeProblem(410, "gone");
  expect(again.text).not.toContain(secret);
  expect(await listedIds(api)).toEqual([]);
});
