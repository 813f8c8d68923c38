// POST /v1/deliveries/{id}/redeliver of an event of which nothing is left.
import { expect, test } from "vitest";
import { eraseJob } from "../../../src/api/erase.ts";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { putDelivery, readDelivery } from "../../support/delivery.ts";
import { liveEntries, loseWakeUps } from "../../support/ledger.ts";

const redeliver = (api: TestApi, id: string, options = {}) =>
  api.call("POST", `/v1/deliveries/${id}/redeliver`, options);

async function erase({ ledger }: TestApi, jobId: string): Promise<void> {
  const known = await ledger.jobs.readJob(jobId);
  if (!known) throw new Error("no job");
  await ledger.jobs.eraseJob(jobId, eraseJob, known);
}

test.each(["delivered", "failed", "pending"] as const)(
  "its job is erased, it was %s -> 410, and it stays as it is",
  async (status) => {
    const api = await readyApi();
    const { id, jobId } = await putDelivery(api, { status });
    await loseWakeUps(api.ledger);
    await erase(api, jobId);
    const before = await readDelivery(api, id);
    expect(await redeliver(api, id)).toBeProblem(410, "gone");
    expect(await redeliver(api, id, { headers: { "idempotency-key": "k" } })).toBeProblem(410, "gone");
    expect(await readDelivery(api, id)).toEqual(before);
    expect(await liveEntries(api.ledger, "deliver")).toEqual([]);
  },
);

test("its event had gone when it was to be sent -> 410", async () => {
  const api = await readyApi();
  const { id } = await putDelivery(api, { status: "aborted", lastError: "event_gone" });
  expect(await redeliver(api, id)).toBeProblem(410, "gone");
});

test("10 redelivers and an erasure at once -> in whatever order, nothing is on its way afterwards", async () => {
  const api = await readyApi();
  const { id, jobId } = await putDelivery(api, { status: "failed" });
  const sending = Array.from({ length: 10 }, () => redeliver(api, id));
  const erasing = api.call("DELETE", `/v1/jobs/${jobId}`);
  const statuses = (await Promise.all(sending)).map(({ status }) => status);
  expect((await erasing).status).toBe(204);
  expect(statuses.every((status) => status === 202 || status === 410)).toBe(true);
  const { status, url } = await readDelivery(api, id);
  expect(["aborted", "failed"]).toContain(status);
  expect(url).toBe("");
});
