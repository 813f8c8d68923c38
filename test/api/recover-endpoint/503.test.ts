// POST /v1/webhook-endpoints/{id}/recover whose write Redis did not confirm.
import { expect, test } from "vitest";
import { readDelivery } from "../../support/delivery.ts";
import { putEndpoint, putJoblessDeliveries } from "../../support/endpoint.ts";
import { openLossyApi } from "../../support/gated-api.ts";
import { NOON } from "../../support/job.ts";
import { auditPage } from "../support.ts";

const setUp = async (count: number, lostStep: number) => {
  let steps = 0;
  const { direct, lossy } = await openLossyApi(
    (words) =>
      words.some((word) => word.endsWith(":turns:acme")) &&
      words.includes("XADD") === (lostStep === 1) &&
      words.length > 100 &&
      ++steps === 1,
  );
  const endpoint = await putEndpoint(direct);
  const times = Array.from({ length: count }, (_, n) => NOON + n);
  const ids = await putJoblessDeliveries(direct, endpoint, times);
  const path = `/v1/webhook-endpoints/${endpoint.id}/recover`;
  return { direct, lossy, ids, path };
};

const body = { since: new Date(NOON).toISOString() };

test.each([1, 2])(
  "step %i of three is written, but the answer is lost -> 503 says to repeat; the repeat brings the rest, each once",
  async (step) => {
    const { direct, lossy, ids, path } = await setUp(250, step);
    const headers = { "idempotency-key": "k" };
    const lost = await lossy.call("POST", path, { body, headers });
    expect(lost).toBeProblem(503, "unavailable");
    expect(lost.json["detail"]).toContain("Repeat the request");
    const again = await direct.call("POST", path, { body, headers });
    const left = 250 - step * 100;
    expect({ status: again.status, json: again.json }).toEqual({
      status: 202,
      json: { matched: left, recovering: left, has_more: false },
    });
    const found = await Promise.all(ids.map((id) => readDelivery(direct, id)));
    expect(new Set(found.map(({ generation }) => generation))).toEqual(new Set([2]));
    const turns = found.map(({ nextAt }) => nextAt);
    expect(turns.slice(1).map((turn, n) => turn - (turns[n] ?? 0))).toEqual(
      Array.from({ length: 249 }, () => 100),
    );
    expect((await auditPage(direct)).data).toHaveLength(2);
  },
);
