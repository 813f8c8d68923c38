// POST /v1/jobs, 50 at once, by a tenant that may have few queued: exactly so many are.
import { describe, expect, test } from "vitest";
import { jobError } from "../../../src/shared/change.ts";
import { settleJob } from "../../../src/shared/settle.ts";
import { beginAttempt, recordOutcome } from "../../../src/worker/attempt.ts";
import { GLOBEX, readyApi, type TestApi } from "../../support/api.ts";
import { submitPolicy } from "../../support/lifecycle-world.ts";
import { holdings, makeJob, smallBody, spentBy, statusOf } from "../support.ts";

const keyed = (key: string) => ({ headers: { "idempotency-key": key } });

const queuedOf = ({ ledger: { redis, keys } }: TestApi, tenant = "acme") =>
  redis.zcard(keys.jobsBy(tenant, "status", "queued"));

test("room for 17, over two APIs -> 17 accepted, 33 times 429, and another tenant is not held up", async () => {
  const api = await readyApi({ MAX_QUEUED_PER_TENANT: "17" });
  const other = await readyApi(api.environment);
  const theirs = Array.from({ length: 10 }, () => api.post(smallBody, { key: GLOBEX }));
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => (n % 2 ? api : other).post(smallBody, keyed(`order-${n}`))),
  );
  expect((await Promise.all(theirs)).map(({ status }) => status)).toEqual(theirs.map(() => 202));
  const accepted = answers.filter(({ status }) => status === 202);
  expect(accepted).toHaveLength(17);
  for (const answer of answers.filter(({ status }) => status !== 202)) {
    expect(answer).toBeProblem(429, "too_many_queued");
    expect(answer.headers["retry-after"]).toBe("10");
  }
  expect([await queuedOf(api), await queuedOf(api, "globex")]).toEqual([17, 10]);
  expect(await holdings(api)).toMatchObject({ idempotencyKeys: 17, submits: 27 });
});

test("50 equal requests at once and room for one -> one 202 and 49 replays", async () => {
  const api = await readyApi({ MAX_QUEUED_PER_TENANT: "1" });
  const answers = await Promise.all(Array.from({ length: 50 }, () => api.post(smallBody, keyed("k"))));
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
});

describe("one leaves the queue", () => {
  test.each(["canceled", "expired"] as const)(
    "it is %s -> there is room for one more, and no more",
    async (as) => {
      const api = await readyApi({ MAX_QUEUED_PER_TENANT: "2" });
      const id = await makeJob(api);
      await makeJob(api);
      expect(await api.post(smallBody)).toBeProblem(429, "too_many_queued");
      const error = jobError("start_timeout", "submit");
      const end = as === "canceled" ? { as } : { as, error };
      await api.ledger.jobs.changeJob(id, (job, now) => settleJob(job, end, now));
      expect((await api.post(smallBody)).status).toBe(202);
      expect(await api.post(smallBody)).toBeProblem(429, "too_many_queued");
    },
  );

  test("its place is taken, and it is handed back -> it is queued again, over the limit, and nobody new comes in", async () => {
    const api = await readyApi({ MAX_QUEUED_PER_TENANT: "1" });
    const id = await makeJob(api);
    await api.ledger.jobs.changeJob(id, (job, now) => beginAttempt(job, "att_1", now));
    expect((await api.post(smallBody)).status).toBe(202);
    const unsent = { kind: "unsent", cause: "connect", message: "no connection" } as const;
    await api.ledger.jobs.changeJob(id, (job, now) => recordOutcome(job, "att_1", unsent, now, submitPolicy));
    expect(await statusOf(api, id)).toBe("queued");
    expect(await queuedOf(api)).toBe(2);
    expect(await api.post(smallBody)).toBeProblem(429, "too_many_queued");
  });

  test("its place is taken, and somebody resolves it to be bought again -> 200: it was accepted long ago", async () => {
    const api = await readyApi({ MAX_QUEUED_PER_TENANT: "1" });
    const id = await makeJob(api);
    const unknown = { kind: "unknown", message: "reset", upstream: null } as const;
    await api.ledger.jobs.changeJob(id, (job, now) => beginAttempt(job, "att_1", now));
    await api.ledger.jobs.changeJob(id, (job, now) =>
      recordOutcome(job, "att_1", unknown, now, submitPolicy),
    );
    await makeJob(api);
    const answer = await api.call("POST", `/v1/jobs/${id}/resolve`, { body: { action: "resubmit" } });
    expect({ status: answer.status, state: answer.json["status"] }).toEqual({ status: 200, state: "queued" });
    expect(await queuedOf(api)).toBe(2);
  });
});

test("refused for its queue, with a budget that would allow it -> nothing is reserved", async () => {
  const api = await readyApi({
    MAX_QUEUED_PER_TENANT: "1",
    PRICES: "wan2.7-t2v:1080P=0.15",
    DAILY_BUDGET_USD: "10",
  });
  await makeJob(api);
  expect(await api.post(smallBody)).toBeProblem(429, "too_many_queued");
  expect(await spentBy(api)).toBe(750_000);
});
