// A POST without arguments may leave out its body, but under one key that was "another body" than an empty object.
import { expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { putDelivery } from "../../support/delivery.ts";
import { makeJob, makeJobIn } from "../support.ts";

const routes: [string, (api: TestApi) => Promise<string>, { key?: string }][] = [
  ["cancel", async (api) => `/v1/jobs/${await makeJob(api)}/cancel`, {}],
  ["retry", async (api) => `/v1/jobs/${await makeJobIn(api, "failed")}/retry`, {}],
  ["redeliver", async (api) => `/v1/deliveries/${(await putDelivery(api)).id}/redeliver`, {}],
  ["rotate", async () => "/v1/webhook-secret/rotate", {}],
  ["pause", async () => "/v1/admin/submissions/pause", { key: ADMIN }],
  ["resume", async () => "/v1/admin/submissions/resume", { key: ADMIN }],
];

const bodies: object[] = [{}, { body: {} }, { body: null }];

test.each(routes)(
  "%s with no body, with {} and with null -> one request and its repeats",
  async (_name, to, as) => {
    const api = await readyApi();
    const path = await to(api);
    const headers = { "idempotency-key": "k" };
    const replayed: unknown[] = [];
    for (const body of bodies) {
      const answer = await api.call("POST", path, { ...as, ...body, headers });
      expect([200, 202]).toContain(answer.status);
      replayed.push(answer.headers["idempotent-replayed"]);
    }
    expect(replayed).toEqual([undefined, "true", "true"]);
  },
);
