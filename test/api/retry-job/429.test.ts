// POST /v1/jobs/{id}/retry by a tenant that has too many queued, or asks too often.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, makeJobIn, recordOf, takeTo } from "../support.ts";
import { keyed, retry } from "./support.ts";

test("as many are queued as may be -> 429 with Retry-After, nothing bought; once one has left -> 202", async () => {
  const api = await readyApi({ MAX_QUEUED_PER_TENANT: "1" });
  const id = await makeJobIn(api, "failed");
  const queued = await makeJobIn(api, "queued");
  const answer = await retry(api, id, keyed("k"));
  expect(answer).toBeProblem(429, "too_many_queued");
  expect(answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  expect((await recordOf(api, id)).retriedBy).toBeNull();
  expect((await holdings(api)).jobs).toEqual([id, queued].sort());
  await takeTo(api, queued, "submitting");
  expect((await retry(api, id, keyed("k"))).status).toBe(202);
});

test("a repeat -> replayed however many are queued", async () => {
  const api = await readyApi({ MAX_QUEUED_PER_TENANT: "1" });
  const id = await makeJobIn(api, "failed");
  expect((await retry(api, id, keyed("k"))).status).toBe(202);
  expect((await retry(api, id, keyed("k"))).status).toBe(200);
  expect(await retry(api, id, keyed("another"))).toBeProblem(429, "too_many_queued");
});

test("RATE_LIMIT_RPM is spent -> 429, nothing bought", async () => {
  const api = await readyApi({ RATE_LIMIT_RPM: "1" });
  const id = await makeJobIn(api, "failed");
  expect(await retry(api, id)).toBeProblem(429, "rate_limited");
  expect((await holdings(api)).jobs).toEqual([id]);
});
