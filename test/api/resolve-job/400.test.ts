// POST /v1/jobs/{id}/resolve where purchases need a key.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJob, statusOf, smallBody, takeTo } from "../support.ts";

test("REQUIRE_IDEMPOTENCY_KEY and resubmit without one -> 400: it buys; fail -> 200: it does not", async () => {
  const api = await readyApi({ REQUIRE_IDEMPOTENCY_KEY: "true" });
  const id = await makeJob(api, smallBody, { "idempotency-key": "k" });
  await takeTo(api, id, "unconfirmed");
  const path = `/v1/jobs/${id}/resolve`;
  expect(await api.call("POST", path, { body: { action: "resubmit" } })).toBeProblem(
    400,
    "idempotency_key_required",
  );
  expect(await statusOf(api, id)).toBe("unconfirmed");
  expect((await api.call("POST", path, { body: { action: "fail" } })).status).toBe(200);
});
