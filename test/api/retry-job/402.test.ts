// POST /v1/jobs/{id}/retry of what the tenant's budget does not allow.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJobIn, holdings, recordOf, spentBy, takeTo } from "../support.ts";
import { fullBody, idOf, keyed, retry } from "./support.ts";

const PRICES = "wan2.7-t2v:720P=0.10";

test("the day's budget is spent -> 402, nothing bought, the old job unmarked; with room again -> 202", async () => {
  const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "0.50" });
  const id = await makeJobIn(api, "canceled", fullBody);
  const other = await makeJobIn(api, "queued", fullBody);
  const answer = await retry(api, id, keyed("k"));
  expect(answer).toBeProblem(402, "budget_exceeded");
  expect(answer.json["detail"]).toContain("$0.5 ");
  expect(await recordOf(api, id)).toMatchObject({ retriedBy: null, version: 2 });
  expect((await holdings(api)).jobs).toEqual([id, other].sort());
  await takeTo(api, other, "canceled");
  expect((await retry(api, id, keyed("k"))).status).toBe(202);
});

test("a failed job may have been paid for -> its retry is a second purchase in the budget", async () => {
  const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "0.80" });
  const id = await makeJobIn(api, "processing", fullBody);
  await api.call("POST", `/v1/jobs/${id}/cancel`);
  const newer = idOf(await retry(api, id));
  await takeTo(api, newer, "canceled");
  expect((await retry(api, id, keyed("one"))).status).toBe(202);
  expect(await retry(api, id, keyed("two"))).toBeProblem(402, "budget_exceeded");
});

test("nobody knows its price today -> 402, nothing bought", async () => {
  const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "10" });
  const id = await makeJobIn(api, "canceled", fullBody);
  const later = await readyApi({ ...api.environment, PRICES: "wan2.7-t2v:1080P=0.15" });
  expect(await retry(later, id)).toBeProblem(402, "budget_exceeded");
  expect((await holdings(api)).jobs).toEqual([id]);
});

test("50 at once with 50 keys, and room for three -> three 202, and spent is not above the limit", async () => {
  const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "1.50" });
  const other = await readyApi(api.environment);
  const id = await makeJobIn(api, "canceled", fullBody);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => retry(n % 2 ? api : other, id, keyed(`order-${n}`))),
  );
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(3);
  expect(answers.filter(({ status }) => status === 402)).toHaveLength(47);
  const accepted = answers.filter(({ status }) => status === 202).map(idOf);
  expect((await holdings(api)).jobs).toEqual([id, ...accepted].sort());
  expect(await spentBy(api)).toBe(1_200_000);
});
