// Erasure reaches what went, or was to go, to a tenant's endpoints.
import { expect, test } from "vitest";

import { eraseJob } from "../../../src/api/erase.ts";
import type { Delivery } from "../../../src/shared/delivery.ts";
import { settleJob } from "../../../src/shared/settle.ts";
import { changeDelivery, readDelivery } from "../../support/delivery.ts";
import { putEndpoint } from "../../support/endpoint.ts";
import { newJob, newRequest } from "../../support/job.ts";
import { dumpKeys, openTestLedger, putJob } from "../../support/ledger.ts";

const attempt = {
  n: 1,
  generation: 1,
  at: 1,
  status: 500,
  duration_ms: 3,
  error_code: "http_error",
  snippet: "your cats are ugly",
};

test.each<[string, Partial<Delivery>, Partial<Delivery>]>([
  ["pending", {}, { status: "aborted", lastError: "erased" }],
  ["retrying", { status: "retrying" }, { status: "aborted", lastError: "erased" }],
  ["given up", { status: "failed", lastError: "http_error", finishedAt: 5 }, { status: "failed" }],
  ["delivered", { status: "delivered", finishedAt: 5 }, { status: "delivered" }],
])(
  "a delivery to an endpoint, %s -> without address and words, and no recovery finds it",
  async (_, patch, erased) => {
    const ledger = openTestLedger();
    const { redis, keys } = ledger;
    const endpoint = await putEndpoint({ ledger });
    const now = await ledger.jobs.readClock();
    const request = newRequest({ reference: "order-42" });
    const job = await putJob(ledger, newJob(now, { request }));
    await ledger.jobs.changeJob(job.id, (each, at) => settleJob(each, { as: "canceled" }, at));
    const [delivery] = await ledger.deliveries.deliveriesOf(job.id);
    if (!delivery) throw new Error("no delivery");
    await changeDelivery({ ledger }, delivery, { attempt: 1, ...patch }, attempt);
    expect(await ledger.deliveries.readEventBody(delivery.eventId)).toContain("order-42");
    const known = await ledger.jobs.readJob(job.id);
    if (!known) throw new Error("no job");
    await ledger.jobs.eraseJob(job.id, eraseJob, known);
    expect(await readDelivery({ ledger }, delivery.id)).toMatchObject({ ...erased, url: "" });
    expect(await ledger.deliveries.readAttempts(delivery.id)).toEqual([{ ...attempt, snippet: null }]);
    expect(await ledger.deliveries.readEventBody(delivery.eventId)).toBeNull();
    const of = (which: "all" | "open" | "missed") =>
      redis.zrange(keys.endpointDeliveries(endpoint.id, which), "0", "-1");
    expect(await of("all")).toEqual([delivery.id]);
    expect(await of("open")).toEqual([]);
    expect(await of("missed")).toEqual([]);
    const left = JSON.stringify([...(await dumpKeys(ledger))].filter(([name]) => name !== "endpoints:acme"));
    for (const word of ["order-42", "cats", endpoint.url]) expect(left).not.toContain(word);
  },
);
