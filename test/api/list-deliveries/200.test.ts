// GET /v1/deliveries: what was sent where, newest first.
import { describe, expect, test } from "vitest";
import { deliveryStatuses } from "../../../src/shared/delivery.ts";
import { keysOf } from "../../../src/shared/keys-of.ts";
import { ADMIN, GLOBEX, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { putDelivery } from "../../support/delivery.ts";
import { NOON } from "../../support/job.ts";
import { followPages, idsOf, readPage } from "../../support/pages.ts";
import { anyIso, makeJob, makeJobIn, smallBody, takeTo } from "../support.ts";

const webhook = { url: "https://hooks.example.com/in?token=t", events: ["job.*"] };
const list = async (api: TestApi, query = "", key?: string) =>
  idsOf(...(await followPages(api, `/v1/deliveries${query}`, key === undefined ? {} : { key })));

describe("what is listed", () => {
  test("no deliveries -> an empty page without a next; a job without a webhook has none", async () => {
    const api = await readyApi();
    await makeJobIn(api, "canceled");
    expect(await readPage(api, "/v1/deliveries")).toEqual({ data: [], next: null });
  });

  test("an event that was raised -> its delivery, with the address as the tenant gave it, without attempts", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "canceled", { ...smallBody, webhook });
    const { data, next } = await readPage(api, "/v1/deliveries");
    expect(next).toBeNull();
    expect(data).toEqual([
      {
        id: expect.stringMatching(/^dlv_[0-9A-Z]{26}_job$/),
        object: "delivery",
        job_id: id,
        event_id: expect.stringMatching(/^evt_[0-9A-Z]{26}$/),
        event_type: "job.canceled",
        endpoint_id: null,
        url: webhook.url,
        status: "pending",
        attempts_made: 0,
        next_attempt_at: anyIso,
        last_status: null,
        last_error: null,
        created_at: anyIso,
        finished_at: null,
      },
    ]);
  });

  test("another tenant -> its own deliveries only", async () => {
    const api = await readyApi();
    const ours = await putDelivery(api);
    const theirs = await putDelivery(api, {}, { tenant: "globex" });
    expect(await list(api)).toEqual([ours.id]);
    expect(await list(api, "", GLOBEX)).toEqual([theirs.id]);
    expect(await list(api, "?status=pending", GLOBEX)).toEqual([theirs.id]);
  });
});

describe("filters", () => {
  test("each status -> the deliveries that have it; several -> those that have one of them, over pages", async () => {
    const api = await readyApi();
    const ids = new Map<string, string>();
    for (const status of keysOf(deliveryStatuses)) {
      const delivery = await putDelivery(api, { status }, { at: NOON + ids.size });
      ids.set(status, delivery.id);
    }
    for (const [status, id] of ids) expect(await list(api, `?status=${status}`)).toEqual([id]);
    expect(await list(api, "?status=failed&status=pending&status=aborted&limit=1")).toEqual(
      ["aborted", "failed", "pending"].map((status) => ids.get(status)),
    );
  });

  test("a job_id -> what this job has raised, newest first, over pages", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "unconfirmed", { ...smallBody, webhook });
    await putDelivery(api);
    await takeTo(api, id, "canceled");
    const raised = (await api.ledger.deliveries.deliveriesOf(id)).toSorted(
      (a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1),
    );
    expect(raised.map(({ eventType }) => eventType).toSorted()).toEqual(["job.canceled", "job.unconfirmed"]);
    const ids = raised.map((delivery) => delivery.id);
    expect(await list(api, `?job_id=${id}`)).toEqual(ids);
    expect(await list(api, `?job_id=${id}&limit=1`)).toEqual(ids);
    expect(await list(api, `?job_id=${id}&status=pending&limit=1`)).toEqual(ids);
    expect(await list(api, `?job_id=${id}&status=failed`)).toEqual([]);
  });

  test.each(["job_01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", "*"])(
    "a job_id that is no job's, %s -> none",
    async (id) => {
      const api = await readyApi();
      await putDelivery(api);
      expect(await readPage(api, `/v1/deliveries?job_id=${id}`)).toEqual({ data: [], next: null });
    },
  );

  test("another tenant's job_id -> none, as of a job that is not there", async () => {
    const api = await readyApi();
    const { jobId } = await putDelivery(api);
    expect(await list(api, `?job_id=${jobId}`, GLOBEX)).toEqual([]);
  });

  test("a job without deliveries -> none", async () => {
    const api = await readyApi();
    expect(await list(api, `?job_id=${await makeJob(api)}`)).toEqual([]);
  });
});

test("the operator, by a job_id -> the deliveries of any tenant's job", async () => {
  const api = await readyApi();
  const ours = await putDelivery(api);
  const theirs = await putDelivery(api, {}, { tenant: "globex" });
  for (const { id, jobId } of [ours, theirs])
    expect(await list(api, `?job_id=${jobId}`, ADMIN)).toEqual([id]);
  expect(await list(api, "?job_id=job_01ARZ3NDEKTSV4RRFFQ69G5FAV", ADMIN)).toEqual([]);
});

test("300 deliveries of one millisecond, while others are raised, delivered and purged -> each once, in order", async () => {
  const api = await readyApi();
  const numbers = Array.from({ length: 300 }, (_, n) => n);
  const there = await Promise.all(numbers.map(() => putDelivery(api, {}, { at: NOON })));
  const ids = there
    .map(({ id }) => id)
    .toSorted()
    .toReversed();
  const pages = await followPages(api, "/v1/deliveries?limit=23", {
    meanwhile: async (page) => {
      const at = page.data.at(-1)?.id ?? "";
      const { redis, keys } = api.ledger;
      // The one that the cursor has been made of goes.
      await redis.pipeline().del(keys.delivery(at)).zrem(keys.deliveries("acme"), at).exec();
      await putDelivery(api, {}, { at: NOON });
    },
  });
  const met = idsOf(...pages);
  const known = new Set(ids);
  expect(new Set(met).size).toBe(met.length);
  expect(met.filter((id) => known.has(id))).toEqual(ids);
});
