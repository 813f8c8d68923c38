// POST /v1/webhook-endpoints/{id}/recover while what it was decided on moves, just before its write.
import { expect, test } from "vitest";
import { openRedisGate } from "../../e2e/support/redis-gate.ts";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { changeDelivery, readDelivery } from "../../support/delivery.ts";
import { changeEndpoint, putEndpoint, putEndpointDelivery } from "../../support/endpoint.ts";
import { NOON } from "../../support/job.ts";
import { redisUrl } from "../../support/redis.ts";
import { gaps, recover } from "./support.ts";

/** An API whose first step is held up until `meanwhile` has happened. */
async function openHeldApi(api: TestApi, meanwhile: () => Promise<unknown>): Promise<TestApi> {
  let isFirst = true;
  const gate = await openRedisGate(redisUrl(), {
    when: "before",
    matches: (words) => isFirst && words.includes("XADD") && words.includes(api.ledger.keys.turns("acme")),
    spring: async () => {
      isFirst = false;
      await meanwhile();
      return "pass";
    },
  });
  return readyApi({ ...api.environment, REDIS_URL: gate.url });
}

const failed = { status: "failed", attempt: 10, lastError: "timeout", finishedAt: NOON } as const;

async function setUp() {
  const api = await readyApi();
  const endpoint = await putEndpoint(api);
  const first = await putEndpointDelivery(api, endpoint, failed, { at: NOON });
  const second = await putEndpointDelivery(api, endpoint, failed, { at: NOON + 1 });
  const third = await putEndpointDelivery(api, endpoint, failed, { at: NOON + 2 });
  return { api, endpoint, first, second, third };
}

test("one is delivered -> it stays delivered, the others go, without a gap", async () => {
  const { api, endpoint, first, second, third } = await setUp();
  const held = await openHeldApi(api, () => changeDelivery(api, second, { status: "delivered" }));
  expect((await recover(held, endpoint.id)).json).toMatchObject({ matched: 2, recovering: 2 });
  expect(await readDelivery(api, second.id)).toMatchObject({ status: "delivered", generation: 1 });
  const sent = await Promise.all([first, third].map(({ id }) => readDelivery(api, id)));
  expect(sent.map(({ status }) => status)).toEqual(["pending", "pending"]);
  expect(gaps(sent.map(({ nextAt }) => nextAt))).toEqual([100]);
});

test("the job of one is erased -> nothing of it is sent, the others go", async () => {
  const { api, endpoint, second } = await setUp();
  const held = await openHeldApi(api, () => api.call("DELETE", `/v1/jobs/${second.jobId}`));
  expect((await recover(held, endpoint.id)).json).toMatchObject({ matched: 2, recovering: 2 });
  expect(await readDelivery(api, second.id)).toMatchObject({ status: "failed", url: "", generation: 1 });
});

test("the endpoint is disabled -> 409, and nothing is sent", async () => {
  const { api, endpoint, first } = await setUp();
  const held = await openHeldApi(api, () =>
    changeEndpoint(api, endpoint, { status: "disabled", disabledReason: "manual", disabledAt: NOON }),
  );
  expect(await recover(held, endpoint.id)).toBeProblem(409, "endpoint_disabled");
  expect(await readDelivery(api, first.id)).toMatchObject({ status: "failed", generation: 1 });
});
