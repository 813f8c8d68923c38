// POST /v1/deliveries/redeliver: what passes a filter is sent once more.
import { describe, expect, test } from "vitest";
import type { Delivery } from "../../../src/shared/delivery.ts";
import { GLOBEX, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { putDelivery, readDelivery } from "../../support/delivery.ts";
import {
  changeEndpoint,
  deleteEndpoint,
  putEndpoint,
  putEndpointDelivery,
  putJoblessDeliveries,
  putJoblessDelivery,
} from "../../support/endpoint.ts";
import { HOUR_MS, NOON } from "../../support/job.ts";
import { liveEntries } from "../../support/ledger.ts";
import { auditPage } from "../support.ts";

const iso = (ms: number) => new Date(ms).toISOString();

const redeliver = (api: TestApi, filter: object, options = {}) =>
  api.call("POST", "/v1/deliveries/redeliver", { body: { filter }, ...options });

const failed = {
  status: "failed",
  attempt: 10,
  failures: 10,
  lastError: "timeout",
  finishedAt: NOON,
} as const;
const delivered = { status: "delivered", attempt: 1, lastStatus: 204, finishedAt: NOON } as const;
const gone = { status: "aborted", attempt: 1, lastError: "gone", lastStatus: 410, finishedAt: NOON } as const;
const retrying = {
  status: "retrying",
  attempt: 1,
  failures: 1,
  lastError: "timeout",
  nextAt: NOON + 1_000_000 * HOUR_MS,
} as const;
const delivering = { status: "delivering", attempt: 1 } as const;

/** The ids that have been sent once more. */
async function sentAgain(api: TestApi, deliveries: Pick<Delivery, "id" | "generation">[]): Promise<string[]> {
  const found = await Promise.all(deliveries.map(({ id }) => readDelivery(api, id)));
  return found.filter((each, n) => each.generation > (deliveries[n]?.generation ?? 0)).map(({ id }) => id);
}

/** One delivery in each state, to the job's own address and to an endpoint. */
async function makeSome(api: TestApi) {
  const patches: Partial<Delivery>[] = [failed, delivered, gone, retrying, delivering, { status: "pending" }];
  const own: Delivery[] = [];
  const to: Delivery[] = [];
  for (const [n, patch] of patches.entries()) own.push(await putDelivery(api, patch, { at: NOON + n }));
  const endpoint = await putEndpoint(api);
  for (const [n, patch] of patches.entries())
    to.push(await putJoblessDelivery(api, endpoint, patch, { at: NOON + n }));
  return { endpoint, own, to };
}

const pick = (deliveries: Delivery[], ...statuses: string[]): string[] =>
  deliveries.filter(({ status }) => statuses.includes(status)).map(({ id }) => id);

describe("what passes the filter", () => {
  test.each<[string, (made: Awaited<ReturnType<typeof makeSome>>) => object, string[]]>([
    ["an endpoint", ({ endpoint }) => ({ endpoint_id: endpoint.id }), ["failed", "aborted"]],
    [
      "an endpoint and delivered",
      ({ endpoint }) => ({ endpoint_id: endpoint.id, status: ["delivered"] }),
      ["delivered"],
    ],
    [
      "an endpoint and all that can be",
      ({ endpoint }) => ({
        endpoint_id: endpoint.id,
        status: ["retrying", "delivered", "failed", "aborted"],
      }),
      ["retrying", "delivered", "failed", "aborted"],
    ],
    [
      "an endpoint and an error",
      ({ endpoint }) => ({ endpoint_id: endpoint.id, error_code: "gone" }),
      ["aborted"],
    ],
  ])("%s -> those of it, and no others", async (_name, filterOf, statuses) => {
    const api = await readyApi();
    const made = await makeSome(api);
    const answer = await redeliver(api, filterOf(made));
    const wanted = pick(made.to, ...statuses);
    expect({ status: answer.status, json: answer.json }).toEqual({
      status: 202,
      json: {
        dry_run: false,
        matched: wanted.length,
        redelivering: wanted.length,
        skipped: 0,
        has_more: false,
        next_created_after: null,
      },
    });
    expect(await sentAgain(api, [...made.own, ...made.to])).toEqual(wanted);
    for (const id of wanted) expect(await liveEntries(api.ledger, "deliver")).toContain(`${id}-2`);
  });

  test("a status, of whatever address -> oldest first; own addresses share one row of turns, an endpoint has its own", async () => {
    const api = await readyApi();
    const { own, to } = await makeSome(api);
    expect((await redeliver(api, { status: ["failed", "aborted"] })).json).toMatchObject({ redelivering: 4 });
    for (const each of [own, to]) {
      const wanted = pick(each, "failed", "aborted");
      expect(await sentAgain(api, each)).toEqual(wanted);
      const [first, second] = await Promise.all(wanted.map((id) => readDelivery(api, id)));
      expect((second?.nextAt ?? 0) - (first?.nextAt ?? 0)).toBe(100);
    }
  });

  test("a job -> its deliveries alone", async () => {
    const api = await readyApi();
    const [one, two] = [await putDelivery(api, failed), await putDelivery(api, failed)];
    expect((await redeliver(api, { job_id: one.jobId })).json).toMatchObject({ redelivering: 1 });
    expect(await sentAgain(api, [one, two])).toEqual([one.id]);
  });

  test("times -> from the first on, before the second", async () => {
    const api = await readyApi();
    const all: Delivery[] = [];
    for (const at of [NOON - 1, NOON, NOON + 1, NOON + 2]) all.push(await putDelivery(api, failed, { at }));
    const filter = { created_after: iso(NOON), created_before: iso(NOON + 2) };
    expect((await redeliver(api, filter)).json).toMatchObject({ redelivering: 2 });
    expect(await sentAgain(api, all)).toEqual(all.slice(1, 3).map(({ id }) => id));
  });

  test("an event -> those of it; a test goes again by its name only", async () => {
    const api = await readyApi();
    const ours = await putDelivery(api, failed, { at: NOON });
    const endpoint = await putEndpoint(api);
    const notice = await putJoblessDelivery(api, endpoint, {}, { at: NOON });
    const tried = await putJoblessDelivery(api, endpoint, {}, { at: NOON, type: "webhook.test" });
    const all = [notice, tried, ours];
    await redeliver(api, { event_type: ["endpoint.disabled"] });
    expect(await sentAgain(api, all)).toEqual([notice.id]);
    await redeliver(api, { status: ["aborted", "failed"] });
    expect(await sentAgain(api, [tried])).toEqual([]);
    await redeliver(api, { event_type: ["webhook.test"] });
    expect(await sentAgain(api, [tried])).toEqual([tried.id]);
  });

  test.each<[string, (ids: { job: string; endpoint: string }) => object]>([
    ["job", ({ job }) => ({ job_id: job })],
    ["endpoint", ({ endpoint }) => ({ endpoint_id: endpoint })],
    ["nothing but a status", () => ({ status: ["failed"] })],
  ])("another tenant's %s -> none, and nothing of it is sent", async (_name, filterOf) => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    const ours = await putEndpointDelivery(api, endpoint, failed);
    const filter = filterOf({ job: ours.jobId, endpoint: endpoint.id });
    const answer = await redeliver(api, filter, { key: GLOBEX });
    expect(answer.json).toMatchObject({ matched: 0, redelivering: 0, skipped: 0 });
    expect(await readDelivery(api, ours.id)).toEqual({ ...ours, jobId: ours.jobId });
  });

  test("of an erased job, or without an event -> left alone, and not counted", async () => {
    const api = await readyApi();
    const erased = await putDelivery(api, failed);
    expect((await api.call("DELETE", `/v1/jobs/${erased.jobId}`)).status).toBe(204);
    const empty = await putDelivery(api, { status: "aborted", lastError: "event_gone", finishedAt: NOON });
    expect((await redeliver(api, { status: ["failed", "aborted"] })).json).toMatchObject({
      matched: 0,
      skipped: 0,
    });
    expect(await sentAgain(api, [erased, empty])).toEqual([]);
  });
});

test("its endpoint is deleted or disabled -> counted apart, not sent; what goes elsewhere is", async () => {
  const api = await readyApi();
  const own = await putDelivery(api, failed);
  const [deleted, disabled, fine] = [await putEndpoint(api), await putEndpoint(api), await putEndpoint(api)];
  const lost = [
    await putJoblessDelivery(api, deleted, failed),
    await putJoblessDelivery(api, disabled, failed),
  ];
  const sent = [own, await putJoblessDelivery(api, fine, failed)];
  await deleteEndpoint(api, deleted);
  await changeEndpoint(api, disabled, { status: "disabled", disabledReason: "manual", disabledAt: NOON });
  const answer = await redeliver(api, { status: ["failed"] });
  expect(answer.json).toMatchObject({ matched: 2, redelivering: 2, skipped: 2 });
  expect(await sentAgain(api, lost)).toEqual([]);
  expect(await sentAgain(api, sent)).toEqual(sent.map(({ id }) => id));
});

test("50 equal requests at once -> each delivery once, and the numbers add up", async () => {
  const api = await readyApi();
  const endpoint = await putEndpoint(api);
  const ids = await putJoblessDeliveries(
    api,
    endpoint,
    Array.from({ length: 150 }, (_, n) => NOON + n),
  );
  const filter = { endpoint_id: endpoint.id };
  const answers = await Promise.all(Array.from({ length: 50 }, () => redeliver(api, filter)));
  expect(answers.reduce((sum, { json }) => sum + Number(json["redelivering"]), 0)).toBe(150);
  const found = await Promise.all(ids.map((id) => readDelivery(api, id)));
  expect(new Set(found.map(({ generation }) => generation))).toEqual(new Set([2]));
});

test(
  "more than 10,000 -> has_more, and next_created_after leads to the rest",
  { timeout: 120_000 },
  async () => {
    const api = await readyApi();
    const endpoint = await putEndpoint(api);
    await putJoblessDeliveries(
      api,
      endpoint,
      Array.from({ length: 10_020 }, (_, n) => NOON + Math.floor(n / 3)),
    );
    const first = await redeliver(api, { status: ["aborted"] });
    expect(first.json).toMatchObject({ matched: 10_000, redelivering: 10_000, has_more: true });
    const after = first.json["next_created_after"];
    expect(after).toBe(iso(NOON + 3333));
    const second = await redeliver(api, { status: ["aborted"], created_after: after });
    expect(second.json).toMatchObject({ matched: 20, redelivering: 20, has_more: false });
  },
);

test("what is told -> one line and one entry of the audit log for what took effect, none for what did not", async () => {
  const api = await readyApi();
  const endpoint = await putEndpoint(api);
  await putJoblessDeliveries(api, endpoint, [NOON, NOON]);
  await redeliver(api, { endpoint_id: endpoint.id });
  await redeliver(api, { endpoint_id: endpoint.id });
  const about = { by: expect.stringMatching(/^tenant acme \(/), tenant: "acme", subject: endpoint.id };
  expect(api.logs.named("deliveries.redeliver")).toMatchObject([
    { ...about, matched: 2, redelivering: 2, skipped: 0 },
  ]);
  expect((await auditPage(api)).data).toMatchObject([
    { action: "deliveries.redeliver", ...about, reason: null },
  ]);
});
