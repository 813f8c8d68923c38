// POST /v1/jobs by a tenant that has too many queued, or asks too often.
import { describe, expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { holdings, makeJob, smallBody, takeTo } from "../support.ts";

describe("MAX_QUEUED_PER_TENANT", () => {
  test("as many are queued -> 429 with Retry-After and both limits told; nothing is made", async () => {
    const api = await readyApi({ MAX_QUEUED_PER_TENANT: "2", RATE_LIMIT_RPM: "100" });
    const ids = [await makeJob(api), await makeJob(api)];
    const answer = await api.post(smallBody);
    expect(answer).toBeProblem(429, "too_many_queued");
    expect(answer.headers["retry-after"]).toBe("10");
    expect(answer.headers["ratelimit-policy"]).toBe('"requests";q=100;w=60, "queued";q=2');
    expect(answer.headers["ratelimit"]).toMatch(/^"requests";r=97;t=\d+, "queued";r=0;t=10$/);
    expect((await holdings(api)).jobs).toEqual(ids.sort());
  });

  test("one is submitted -> the next is accepted; another tenant's were never held up", async () => {
    const api = await readyApi({ MAX_QUEUED_PER_TENANT: "1" });
    const id = await makeJob(api);
    expect((await api.post(smallBody, { key: GLOBEX })).status).toBe(202);
    expect(await api.post(smallBody)).toBeProblem(429, "too_many_queued");
    await takeTo(api, id, "submitting");
    expect((await api.post(smallBody)).status).toBe(202);
  });
});

test("RATE_LIMIT_RPM is spent -> 429, nothing is made; a repeat of an accepted request too", async () => {
  const api = await readyApi({ RATE_LIMIT_RPM: "1" });
  const headers = { "idempotency-key": "order-42" };
  expect((await api.post(smallBody, { headers })).status).toBe(202);
  expect(await api.post(smallBody, { headers })).toBeProblem(429, "rate_limited");
  expect(await api.post(smallBody)).toBeProblem(429, "rate_limited");
  expect((await holdings(api)).jobs).toHaveLength(1);
});
