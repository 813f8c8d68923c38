// What the tests of retry share.
import { expect } from "vitest";
import { createDueStore } from "../../../src/worker/due.ts";
import type { Answer, Call, TestApi } from "../../support/api.ts";
import { recordOf } from "../support.ts";

export const retry = (api: TestApi, id: string, options: Call = {}): Promise<Answer> =>
  api.call("POST", `/v1/jobs/${id}/retry`, options);

export const keyed = (key: string) => ({ headers: { "idempotency-key": key } });

export const idOf = ({ json }: Answer): string => String(json["id"]);

export const fullBody = {
  model: "wan2.7-t2v",
  input: {
    prompt: "a lighthouse at dawn",
    negative_prompt: "fog",
    size: "1280*720",
    duration: 4,
    seed: 7,
    audio_url: "https://sounds.example/1.mp3",
  },
  webhook: { url: "https://hooks.example.com/h", events: ["job.succeeded"] },
  reference: "order-42",
  metadata: { campaign: "7" },
  tags: ["spring"],
  priority: "high",
  timeout_s: 1800,
  start_timeout_s: 600,
  on_unconfirmed: "fail",
};

/** As if a job's retention were over. */
export async function purge(api: TestApi, id: string): Promise<void> {
  const { redis, keys, deliveries } = api.ledger;
  await createDueStore(redis, keys).purgeJob(await recordOf(api, id), await deliveries.deliveriesOf(id));
  expect((await api.call("GET", `/v1/jobs/${id}`)).status).toBe(404);
}
