// POST /v1/webhook-secret/rotate when Redis does not confirm it.
import { expect, test } from "vitest";
import { openLossyApi } from "../../support/gated-api.ts";
import { countDeeds } from "../support.ts";

const path = "/v1/webhook-secret/rotate";
const isRotation = (words: string[]): boolean =>
  words.some((word) => word.includes('"action":"secret.rotate"'));

test("written, but the answer is lost -> 503 without a job; with a key the repeat is a replay of one rotation", async () => {
  const { direct, lossy } = await openLossyApi(isRotation);
  const headers = { "idempotency-key": "k" };
  const lost = await lossy.call("POST", path, { headers });
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  expect(lost.json).not.toHaveProperty("job_id");
  expect(lost.json["detail"]).toContain("Repeat the request with the same Idempotency-Key");
  const again = await direct.call("POST", path, { headers });
  expect(again.status).toBe(200);
  expect(again.headers["idempotent-replayed"]).toBe("true");
  expect(again.json["secrets"]).toHaveLength(2);
  expect(await countDeeds(direct, "secret.rotate")).toBe(1);
});

test("without a key -> 503 that advises to look first", async () => {
  const { lossy } = await openLossyApi(isRotation);
  const lost = await lossy.call("POST", path);
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.json["detail"]).toContain("Look at what came of it before you repeat the request");
});
