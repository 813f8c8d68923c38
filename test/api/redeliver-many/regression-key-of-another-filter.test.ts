// An Idempotency-Key was one key for each endpoint or job that the filter named, so a reused one sent what another request meant.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { putDelivery, readDelivery } from "../../support/delivery.ts";

test("the key of a request about one job, with a filter of another -> 422 idempotency_key_reused; nothing of it is sent", async () => {
  const api = await readyApi();
  const [one, two] = [await putDelivery(api, failed), await putDelivery(api, failed)];
  const redeliver = ({ jobId }: { jobId: string }) =>
    api.call("POST", "/v1/deliveries/redeliver", {
      body: { filter: { job_id: jobId } },
      headers: { "idempotency-key": "k" },
    });
  expect(await redeliver(one)).toMatchObject({ status: 202, json: { redelivering: 1 } });
  expect(await redeliver(two)).toBeProblem(422, "idempotency_key_reused");
  expect(await readDelivery(api, two.id)).toEqual(two);
});

const failed = { status: "failed", lastError: "timeout" } as const;
