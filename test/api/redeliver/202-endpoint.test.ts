// POST /v1/deliveries/{id}/redeliver of what goes to an endpoint, in each state, with a worker that delivers it.
import { describe, expect, test } from "vitest";
import type { Delivery } from "../../../src/shared/delivery.ts";
import type { Endpoint } from "../../../src/shared/endpoint.ts";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { readDelivery } from "../../support/delivery.ts";
import { putEndpointDelivery, putJoblessDelivery } from "../../support/endpoint.ts";
import { answers, deliverTo, playReceiver, putSealedEndpoint } from "../../support/endpoint-worker.ts";
import { HOUR_MS, NOON } from "../../support/job.ts";
import { openTestLedger } from "../../support/ledger.ts";

const redeliver = (api: TestApi, id: string, headers = {}) =>
  api.call("POST", `/v1/deliveries/${id}/redeliver`, { headers });

async function setUp() {
  const api = await readyApi();
  const ledger = openTestLedger({ prefix: api.prefix });
  const { sent, sender } = playReceiver(answers.taken);
  const endpoint = await putSealedEndpoint(ledger);
  const deliver = deliverTo(ledger, sender);
  /** All generations that there have been, as entries of the queue that come late, or twice. */
  const deliverAll = async (id: string) => {
    const { generation } = await readDelivery(api, id);
    for (let n = 1; n <= generation; n++) {
      await deliver({ id, generation: n });
      await deliver({ id, generation: n });
    }
  };
  return { api, sent, endpoint, deliverAll };
}

const ended = { attempt: 1, finishedAt: NOON };
const overStates: [name: string, patch: Partial<Delivery>][] = [
  ["delivered", { ...ended, status: "delivered", lastStatus: 204, lastError: null }],
  ["failed", { ...ended, status: "failed", lastError: "timeout" }],
  ["aborted by a 410", { ...ended, status: "aborted", lastStatus: 410, lastError: "gone" }],
  ["aborted since it was disabled", { status: "aborted", lastError: "endpoint_disabled", finishedAt: NOON }],
  ["retrying", { status: "retrying", attempt: 1, failures: 1, nextAt: NOON + 1_000_000 * HOUR_MS }],
];

const roads: [
  about: string,
  put: (api: TestApi, to: Endpoint, patch: Partial<Delivery>) => Promise<Delivery>,
][] = [
  ["a job", (api, to, patch) => putEndpointDelivery(api, to, patch)],
  ["no job", (api, to, patch) => putJoblessDelivery(api, to, patch)],
];

describe.each(roads)("an event about %s", (_about, put) => {
  test.each(overStates)(
    "%s, and clicked twice at once -> one attempt more, with the id and the bytes that it had",
    async (_name, patch) => {
      const { api, sent, endpoint, deliverAll } = await setUp();
      const before = await put(api, endpoint, patch);
      const twice = await Promise.all([redeliver(api, before.id), redeliver(api, before.id)]);
      expect(twice.map(({ status }) => status)).toEqual([202, 202]);
      await deliverAll(before.id);
      expect(sent).toHaveLength(1);
      expect(sent[0]?.headers["webhook-id"]).toBe(before.eventId);
      expect(sent[0]?.body.toString()).toBe(await api.ledger.deliveries.readEventBody(before.eventId));
      const after = await readDelivery(api, before.id);
      expect(after).toMatchObject({ status: "delivered", generation: 2, attempt: before.attempt + 1 });
    },
  );

  test("clicked again when the first has been sent -> two attempts with one id; with one key, one", async () => {
    const { api, sent, endpoint, deliverAll } = await setUp();
    const [, failed] = overStates[1] ?? [];
    const { id, eventId } = await put(api, endpoint, failed ?? {});
    await redeliver(api, id, { "idempotency-key": "k" });
    await deliverAll(id);
    await redeliver(api, id, { "idempotency-key": "k" });
    await deliverAll(id);
    expect(sent).toHaveLength(1);
    await redeliver(api, id);
    await deliverAll(id);
    expect(sent.map(({ headers }) => headers["webhook-id"])).toEqual([eventId, eventId]);
  });

  test.each<Partial<Delivery>>([
    { status: "pending", lastError: null, finishedAt: null },
    { status: "delivering", attempt: 1, lastError: null, finishedAt: null },
  ])("$status -> 202, and it is left as it is", async (patch) => {
    const { api, endpoint } = await setUp();
    const { id } = await put(api, endpoint, patch);
    const before = await readDelivery(api, id);
    expect((await redeliver(api, id)).status).toBe(202);
    expect(await readDelivery(api, id)).toEqual(before);
  });
});
