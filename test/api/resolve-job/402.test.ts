// POST /v1/jobs/{id}/resolve with resubmit, when the tenant's budget does not allow a second purchase.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJob, makeJobIn, recordOf, smallBody, spentBy, takeTo } from "../support.ts";

const PRICES = "wan2.7-t2v:1080P=0.15";
const headers = { "idempotency-key": "k" };

test("it does not fit -> 402, the job stays unconfirmed; with room again the same key resubmits", async () => {
  const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "1.50" });
  const id = await makeJobIn(api, "unconfirmed");
  const other = await makeJob(api);
  const path = `/v1/jobs/${id}/resolve`;
  const before = await recordOf(api, id);
  const answer = await api.call("POST", path, { body: { action: "resubmit" }, headers });
  expect(answer).toBeProblem(402, "budget_exceeded");
  expect(await recordOf(api, id)).toEqual(before);
  await takeTo(api, other, "canceled");
  const again = await api.call("POST", path, { body: { action: "resubmit" }, headers });
  expect({ status: again.status, state: again.json["status"] }).toEqual({ status: 200, state: "queued" });
  expect((await recordOf(api, id)).reservedOn).toHaveLength(2);
  expect(await spentBy(api)).toBe(1_500_000);
});

test("nothing is left, and it is given up instead -> 200: that buys nothing", async () => {
  const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "0.75" });
  const id = await makeJobIn(api, "unconfirmed", smallBody);
  const answer = await api.call("POST", `/v1/jobs/${id}/resolve`, { body: { action: "fail" } });
  expect({ status: answer.status, state: answer.json["status"] }).toEqual({ status: 200, state: "failed" });
});

test("20 resubmits of 20 jobs at once, and room for three -> three 200, and spent is not above the limit", async () => {
  const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "17.25" });
  const other = await readyApi(api.environment);
  const ids = await Promise.all(Array.from({ length: 20 }, () => makeJobIn(api, "unconfirmed")));
  const answers = await Promise.all(
    ids.map((id, n) =>
      (n % 2 ? api : other).call("POST", `/v1/jobs/${id}/resolve`, { body: { action: "resubmit" } }),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
  expect(answers.filter(({ status }) => status === 402)).toHaveLength(17);
  expect(await spentBy(api)).toBe(17_250_000);
});

test("accepted before prices were known -> 402 that says so: what nobody can estimate cannot be limited", async () => {
  const unpriced = await readyApi();
  const id = await makeJobIn(unpriced, "unconfirmed");
  const prices = { PRICES: "wan2.7-t2v:720P=0.10", DAILY_BUDGET_USD: "100" };
  const api = await readyApi({ ...unpriced.environment, ...prices });
  const answer = await api.call("POST", `/v1/jobs/${id}/resolve`, { body: { action: "resubmit" } });
  expect(answer).toBeProblem(402, "budget_exceeded");
  expect(answer.json["detail"]).toContain("set PRICES");
  expect(await recordOf(api, id)).toMatchObject({ status: "unconfirmed" });
});
