// POST /v1/jobs of what the tenant's budget for the day does not allow: nothing is made, and the sum is never passed.
import { describe, expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { faultsOf, holdings, makeJob, nothing, recordOf, smallBody, spentBy, takeTo } from "../support.ts";

const PRICES = "wan2.7-t2v:720P=0.10,wan2.7-t2v:1080P=0.15";
/** Five seconds: $0.50 and $0.75. */
const small = { input: { prompt: "a lighthouse", size: "1280*720" } };
const large = { input: { prompt: "a lighthouse", size: "1920*1080" } };
const keyed = (key: string) => ({ headers: { "idempotency-key": key } });

describe("the day's budget", () => {
  test("it is spent -> 402 that tells the limit and what is spent; nothing is made, not even the key's binding", async () => {
    const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "1.20" });
    const ids = [await makeJob(api, small), await makeJob(api, small)];
    const before = await holdings(api);
    const answer = await api.post(small, keyed("k"));
    expect(answer).toBeProblem(402, "budget_exceeded");
    expect(answer.json["detail"]).toContain("$1.2 for each UTC day, of which $1 are spent or reserved");
    expect(answer.headers).not.toHaveProperty("location");
    expect(await holdings(api)).toEqual(before);
    expect(before.jobs).toEqual(ids.sort());
    expect(await spentBy(api)).toBe(1_000_000);
    expect(api.logs.named("job.accepted")).toHaveLength(2);
  });

  test("exactly as much is left -> 202", async () => {
    const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "1.25" });
    await makeJob(api, small);
    expect((await api.post(large)).status).toBe(202);
    expect(await spentBy(api)).toBe(1_250_000);
  });

  test("the dear one does not fit -> 402, and a cheaper one still does", async () => {
    const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "0.60" });
    expect(await api.post(large)).toBeProblem(402, "budget_exceeded");
    expect((await api.post(small)).status).toBe(202);
  });

  test.each(["canceled", "failed", "expired"] as const)(
    "a job is %s and certainly cost nothing -> there is room again, and the refused key works",
    async (status) => {
      const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "0.50" });
      const id = await makeJob(api, small);
      expect((await api.post(small, keyed("k"))).status).toBe(402);
      await takeTo(api, id, status);
      expect((await api.call("GET", `/v1/jobs/${id}`)).json["billing"]).toMatchObject({
        state: "not_billed",
      });
      expect((await api.post(small, keyed("k"))).status).toBe(202);
      expect(await spentBy(api)).toBe(500_000);
    },
  );

  test.each(["unconfirmed", "processing", "succeeded"] as const)(
    "a job is %s and may have been paid for -> still 402",
    async (status) => {
      const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "0.50" });
      const id = await makeJob(api, small);
      await takeTo(api, id, status);
      expect(await api.post(small)).toBeProblem(402, "budget_exceeded");
    },
  );

  test("another tenant -> has one of its own", async () => {
    const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "0.50" });
    await makeJob(api, small);
    expect((await api.post(small, { key: GLOBEX })).status).toBe(202);
    expect(await api.post(small, { key: GLOBEX })).toBeProblem(402, "budget_exceeded");
    expect([await spentBy(api), await spentBy(api, "globex")]).toEqual([500_000, 500_000]);
  });

  test("a repeat with its key when all is spent -> replayed, and it costs nothing", async () => {
    const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "0.50" });
    const first = await api.post(small, keyed("k"));
    for (let n = 0; n < 3; n++) {
      const again = await api.post(small, keyed("k"));
      expect({ status: again.status, id: again.json["id"] }).toEqual({ status: 200, id: first.json["id"] });
    }
    expect(await spentBy(api)).toBe(500_000);
  });
});

describe("50 at once over two APIs", () => {
  test.each([
    ["0.49", 0],
    ["0.50", 1],
    ["8.70", 17],
    ["25", 50],
  ])(
    "a budget of $%s, at $0.50 each -> exactly %d are accepted, and spent is not above it",
    async (budget, most) => {
      const api = await readyApi({ PRICES, DAILY_BUDGET_USD: budget });
      const other = await readyApi(api.environment);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) => (n % 2 ? api : other).post(small, keyed(`order-${n}`))),
      );
      const accepted = answers.filter(({ status }) => status === 202);
      expect(accepted).toHaveLength(most);
      for (const answer of answers.filter(({ status }) => status !== 202)) {
        expect(answer).toBeProblem(402, "budget_exceeded");
      }
      const { jobs, idempotencyKeys } = await holdings(api);
      expect(jobs).toEqual(accepted.map(({ json }) => String(json["id"])).sort());
      expect(idempotencyKeys).toBe(most);
      expect(await spentBy(api)).toBe(most * 500_000);
      expect(await spentBy(api)).toBeLessThanOrEqual(Number(budget) * 1_000_000);
    },
  );

  test("one key, room for one -> one 202 and 49 replays: equal requests do not crowd each other out", async () => {
    const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "0.50" });
    const other = await readyApi(api.environment);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => (n % 2 ? api : other).post(small, keyed("k"))),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
    expect(await spentBy(api)).toBe(500_000);
  });
});

describe("a price that nobody knows", () => {
  test("with a budget -> 402, nothing made: what cannot be reckoned cannot be limited", async () => {
    const api = await readyApi({ PRICES: "wan2.7-t2v:720P=0.10", DAILY_BUDGET_USD: "100" });
    const answer = await api.post(large);
    expect(answer).toBeProblem(402, "budget_exceeded");
    expect(answer.json["detail"]).toContain("PRICES");
    expect(await holdings(api)).toEqual(nothing);
  });

  test("with a max_cost as well -> 422 at /max_cost: the caller's own limit comes first", async () => {
    const api = await readyApi({ PRICES: "wan2.7-t2v:720P=0.10", DAILY_BUDGET_USD: "100" });
    expect(faultsOf(await api.post({ ...large, max_cost: 5 }))).toMatchObject([{ pointer: "/max_cost" }]);
  });

  test("without a budget -> 202, with the cost said to be unknown", async () => {
    const api = await readyApi({ PRICES: "wan2.7-t2v:720P=0.10" });
    const answer = await api.post(large);
    expect(answer.status).toBe(202);
    expect(answer.json["billing"]).toMatchObject({ state: "not_billed", estimated: null });
    expect(await spentBy(api)).toBe(0);
  });
});

test("the reservation -> stands in the record that was accepted", async () => {
  const api = await readyApi({ PRICES, DAILY_BUDGET_USD: "10" });
  const { createdAt, reservedOn, estimate } = await recordOf(api, await makeJob(api, smallBody));
  expect(estimate).toBe(750_000);
  expect(reservedOn).toEqual([Math.floor(createdAt / 86_400_000)]);
});
