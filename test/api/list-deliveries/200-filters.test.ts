// GET /v1/deliveries by endpoint, event, error and time, alone and together.
import { describe, expect, test } from "vitest";
import type { Delivery } from "../../../src/shared/delivery.ts";
import { ADMIN, GLOBEX, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { putDelivery } from "../../support/delivery.ts";
import {
  deleteEndpoint,
  putEndpoint,
  putEndpointDelivery,
  putJoblessDeliveries,
  putJoblessDelivery,
} from "../../support/endpoint.ts";
import { NOON } from "../../support/job.ts";
import { followPages, idsOf, readPage } from "../../support/pages.ts";

const iso = (ms: number) => encodeURIComponent(new Date(ms).toISOString());

const list = async (api: TestApi, query: string, key?: string) =>
  idsOf(...(await followPages(api, `/v1/deliveries?${query}`, key === undefined ? {} : { key })));

const failed = { status: "failed", lastError: "timeout", finishedAt: NOON } as const;
const refused = { status: "failed", lastError: "http_error", finishedAt: NOON } as const;
const delivered = { status: "delivered", lastError: null, finishedAt: NOON } as const;
const retrying = { status: "retrying", lastError: "timeout", nextAt: NOON * 2 } as const;

/** One in each of these states, oldest first, to an endpoint; and their ids, newest first. */
async function fill(api: TestApi) {
  const own = await putDelivery(api, failed, { at: NOON - 1 });
  const [endpoint, other] = [await putEndpoint(api), await putEndpoint(api)];
  const strangers = [own, await putJoblessDelivery(api, other, failed, { at: NOON - 1 })];
  const all: Delivery[] = [];
  for (const [n, patch] of [failed, refused, delivered, retrying, {}].entries())
    all.push(await putJoblessDelivery(api, endpoint, patch, { at: NOON + n }));
  const idsWhere = (fits: (delivery: Delivery) => boolean) =>
    all
      .filter(fits)
      .map(({ id }) => id)
      .toReversed();
  return { endpoint, strangers, all, idsWhere };
}

describe("an endpoint_id", () => {
  test.each<[string, (delivery: Delivery) => boolean]>([
    ["", () => true],
    ["&status=failed", ({ status }) => status === "failed"],
    ["&status=failed&status=delivered", ({ status }) => status === "failed" || status === "delivered"],
    ["&status=retrying", ({ status }) => status === "retrying"],
    ["&status=retrying&status=pending&status=delivering", ({ status }) => status === "retrying"],
    ["&status=aborted", ({ status }) => status === "aborted"],
    ["&error_code=timeout", ({ lastError }) => lastError === "timeout"],
    ["&error_code=timeout&status=failed", (each) => each.lastError === "timeout" && each.status === "failed"],
    ["&event_type=endpoint.disabled", () => true],
    ["&event_type=job.succeeded", () => false],
    ["&limit=1", () => true],
  ])("with %j -> those that fit all of it, newest first", async (more, fits) => {
    const api = await readyApi();
    const { endpoint, idsWhere } = await fill(api);
    expect(await list(api, `endpoint_id=${endpoint.id}${more}`)).toEqual(idsWhere(fits));
  });

  test("with times -> from the first on, before the second", async () => {
    const api = await readyApi();
    const { endpoint, idsWhere } = await fill(api);
    const times = `created_after=${iso(NOON + 1)}&created_before=${iso(NOON + 3)}`;
    const within = idsWhere(({ createdAt }) => createdAt >= NOON + 1 && createdAt < NOON + 3);
    expect(within).toHaveLength(2);
    expect(await list(api, `endpoint_id=${endpoint.id}&${times}`)).toEqual(within);
    expect(await list(api, `endpoint_id=${endpoint.id}&${times}&limit=1`)).toEqual(within);
  });

  test.each(["failed", "aborted"] as const)(
    "of an erased job, %s -> still listed by its status",
    async (status) => {
      const api = await readyApi();
      const endpoint = await putEndpoint(api);
      const { id, jobId } = await putEndpointDelivery(api, endpoint, { ...failed, status });
      expect((await api.call("DELETE", `/v1/jobs/${jobId}`)).status).toBe(204);
      expect(await list(api, `endpoint_id=${endpoint.id}&status=${status}`)).toEqual([id]);
    },
  );

  test("of a deleted endpoint -> its deliveries stay listed", async () => {
    const api = await readyApi();
    const { endpoint, idsWhere } = await fill(api);
    await deleteEndpoint(api, endpoint);
    expect(await list(api, `endpoint_id=${endpoint.id}`)).toEqual(idsWhere(() => true));
  });

  test.each(["ep_01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", "*", ""])(
    "that is no endpoint's, %j -> none",
    async (id) => {
      const api = await readyApi();
      await fill(api);
      expect(await readPage(api, `/v1/deliveries?endpoint_id=${id}`)).toEqual({ data: [], next: null });
    },
  );

  test("another tenant's, with more deliveries than a page walks -> none and no next, as of one that is not there", async () => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    await putJoblessDeliveries(
      api,
      endpoint,
      Array.from({ length: 1500 }, (_, n) => NOON + n),
    );
    const path = `/v1/deliveries?endpoint_id=${endpoint.id}`;
    expect(await readPage(api, path, { key: GLOBEX })).toEqual({ data: [], next: null });
  });

  test("and a job_id -> what the job has sent there", async () => {
    const api = await readyApi();
    const [one, two] = [await putEndpoint(api), await putEndpoint(api)];
    const { id, jobId } = await putEndpointDelivery(api, one);
    await putEndpointDelivery(api, one);
    expect(await list(api, `job_id=${jobId}&endpoint_id=${one.id}`)).toEqual([id]);
    expect(await list(api, `job_id=${jobId}`)).toHaveLength(2);
    expect(await list(api, `job_id=${jobId}&endpoint_id=${one.id}`, ADMIN)).toEqual([id]);
    expect(await list(api, `job_id=${jobId}&endpoint_id=${two.id}&status=failed`)).toEqual([]);
  });
});

describe("without an endpoint_id", () => {
  test("an event, several -> of whatever address", async () => {
    const api = await readyApi();
    const { idsWhere, strangers } = await fill(api);
    const others = strangers.map(({ id }) => id);
    expect(await list(api, "event_type=job.canceled")).toEqual(others.slice(0, 1));
    const both = "event_type=job.canceled&event_type=endpoint.disabled";
    expect((await list(api, both)).toSorted()).toEqual([...idsWhere(() => true), ...others].toSorted());
  });

  test("an error -> those that ended with it, or wait because of it", async () => {
    const api = await readyApi();
    const { idsWhere, strangers } = await fill(api);
    const found = await list(api, "error_code=timeout");
    const ids = [...idsWhere(({ lastError }) => lastError === "timeout"), ...strangers.map(({ id }) => id)];
    expect(found.toSorted()).toEqual(ids.toSorted());
    expect(await list(api, "error_code=http_error&status=failed")).toEqual(
      idsWhere(({ lastError }) => lastError === "http_error"),
    );
    expect(await list(api, "error_code=gone")).toEqual([]);
  });

  test("a job_id and times -> no more than what was raised then", async () => {
    const api = await readyApi();
    const { id, jobId } = await putDelivery(api, {}, { at: NOON });
    expect(await list(api, `job_id=${jobId}&created_after=${iso(NOON)}`)).toEqual([id]);
    expect(await list(api, `job_id=${jobId}&created_after=${iso(NOON + 1)}`)).toEqual([]);
    expect(await list(api, `job_id=${jobId}&created_before=${iso(NOON)}`)).toEqual([]);
  });

  test("one that hardly anything fits -> short pages with a next, and each that fits once", async () => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    const rare = await putJoblessDelivery(api, endpoint, refused, { at: NOON - 1 });
    await putJoblessDeliveries(
      api,
      endpoint,
      Array.from({ length: 1200 }, (_, n) => NOON + n),
    );
    const pages = await followPages(api, `/v1/deliveries?endpoint_id=${endpoint.id}&error_code=http_error`);
    expect(pages.length).toBeGreaterThan(1);
    expect(idsOf(...pages)).toEqual([rare.id]);
  });
});
