// POST /v1/deliveries/{id}/redeliver whose write Redis did not confirm.
import { expect, test } from "vitest";
import { deliveryBecomes } from "../../e2e/support/writes.ts";
import { putDelivery, readDelivery } from "../../support/delivery.ts";
import { openLossyApi } from "../../support/gated-api.ts";

const setUp = async () => {
  let prefix = "";
  const { direct, lossy } = await openLossyApi((words) => deliveryBecomes("pending")(words, prefix));
  const { id, jobId } = await putDelivery(direct, { status: "failed" });
  prefix = direct.prefix;
  return { direct, lossy, id, jobId, path: `/v1/deliveries/${id}/redeliver` };
};

test("written, but the answer is lost -> 503 with job_id and the advice to look at the delivery first", async () => {
  const { direct, lossy, id, jobId, path } = await setUp();
  const lost = await lossy.call("POST", path);
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.json["job_id"]).toBe(jobId);
  expect(lost.json["detail"]).toContain(`Look at ${id}`);
  expect(lost.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  expect(await readDelivery(direct, id)).toMatchObject({ status: "pending", generation: 2 });
});

test("with a key -> 503 says to repeat with it, and the repeat is a replay: one generation", async () => {
  const { direct, lossy, id, path } = await setUp();
  const headers = { "idempotency-key": "k" };
  const lost = await lossy.call("POST", path, { headers });
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.json["detail"]).toContain("Repeat the request with the same Idempotency-Key");
  const again = await direct.call("POST", path, { headers });
  expect({ status: again.status, replayed: again.headers["idempotent-replayed"] }).toEqual({
    status: 200,
    replayed: "true",
  });
  expect((await readDelivery(direct, id)).generation).toBe(2);
});
