// An operator's Idempotency-Key that the tenant had used too was taken for the tenant's: the decision was answered as made.
import { expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";
import { makeJobIn } from "../support.ts";

test("the tenant's key in the operator's hands -> a request of its own: 409, not a replay; and the other way round", async () => {
  const api = await readyApi();
  const options = { headers: { "idempotency-key": "k" }, body: { action: "fail" } };
  for (const [first, second] of [
    [undefined, ADMIN],
    [ADMIN, undefined],
  ]) {
    const path = `/v1/jobs/${await makeJobIn(api, "unconfirmed")}/resolve`;
    const one = await api.call("POST", path, first ? { ...options, key: first } : options);
    expect(one.status).toBe(200);
    const other = await api.call("POST", path, second ? { ...options, key: second } : options);
    expect(other).toBeProblem(409, "conflict");
    const again = await api.call("POST", path, first ? { ...options, key: first } : options);
    expect(again.headers["idempotent-replayed"]).toBe("true");
  }
});
