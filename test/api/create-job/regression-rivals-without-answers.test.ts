// Equal requests at once, none of which got its answer, each named a job as if it were sure to come to be.
import { expect, onTestFinished, test } from "vitest";
import { openRedisGate } from "../../e2e/support/redis-gate.ts";
import type { Words } from "../../e2e/support/redis-gate.ts";
import { intake } from "../../e2e/support/writes.ts";
import { isReady, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { redisUrl } from "../../support/redis.ts";
import { holdings, makeJob, smallBody } from "../support.ts";

const keyed = { headers: { "idempotency-key": "k" } };
const isIntake = (words: Words) => intake(words, "");
const ADVICE =
  "job_id is this request's own job, unless an equal request came first: the repeat tells which.";

/** APIs on the ledger of `direct` whose intakes all wait until `release`. */
async function openHeld(direct: TestApi, count: number) {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  onTestFinished(() => release());
  const spring = async () => {
    await held;
    return "pass" as const;
  };
  const apis: TestApi[] = [];
  for (let n = 0; n < count; n++) {
    const gate = await openRedisGate(redisUrl(), { when: "before", matches: isIntake, spring });
    apis.push(await readyApi({ ...direct.environment, REDIS_URL: gate.url }));
  }
  return { apis, release };
}

test("with a key -> each 503 says that its job_id holds only if no equal request came first, and a repeat tells which", async () => {
  const direct = await readyApi();
  // So that Redis knows the script, and the writes go through at the first try.
  const other = await makeJob(direct);
  const { apis, release } = await openHeld(direct, 2);
  const lost = await Promise.all(apis.map((api) => api.post(smallBody, keyed)));
  for (const answer of lost) {
    expect(answer).toBeProblem(503, "unavailable");
    expect(answer.json["detail"]).toContain(ADVICE);
  }
  const named = lost.map(({ json }) => json["job_id"]);
  expect(new Set(named).size).toBe(2);
  release();
  // Answers come in order, so these come after the late writes.
  await Promise.all(apis.map(isReady));
  const again = await direct.post(smallBody, keyed);
  expect(again.status).toBe(200);
  expect(named).toContain(again.json["id"]);
  expect((await holdings(direct)).jobs).toEqual([other, String(again.json["id"])].sort());
});

test("without a key -> the job is this request's own, and nothing else is said", async () => {
  const direct = await readyApi();
  const { apis } = await openHeld(direct, 1);
  const [lost] = await Promise.all(apis.map((api) => api.post(smallBody)));
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost?.json["detail"]).toContain(`Look at ${String(lost?.json["job_id"])}`);
  expect(lost?.json["detail"]).not.toContain("equal request");
});
