// POST /v1/webhook-endpoints where no secret can be kept, and when Redis does not confirm it.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { openLossyApi } from "../../support/gated-api.ts";
import { ENDPOINTS, HOOK, listedIds, noSealKey, underKey } from "../endpoint-support.ts";
import { countDeeds } from "../support.ts";

const body = { url: HOOK };

const isCreation = (words: string[]): boolean =>
  words.some((word) => word.includes('"action":"endpoint.create"'));

test("no ENCRYPTION_KEY -> 503 that says what the operator has to do; nothing made", async () => {
  const api = await readyApi(noSealKey);
  const answer = await api.call("POST", ENDPOINTS, { body, ...underKey });
  expect(answer).toBeProblem(503, "encryption_key_missing");
  expect(answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  expect(answer.json["detail"]).toContain("the operator has to set ENCRYPTION_KEY");
  expect(await listedIds(api)).toEqual([]);
  const { redis, keys } = api.ledger;
  expect(await redis.exists(keys.endpointOwners, keys.sealProof)).toBe(0);
});

test("written, but the answer is lost -> 503; the repeat under the same key tells the endpoint and its secret", async () => {
  const { direct, lossy } = await openLossyApi(isCreation);
  const lost = await lossy.call("POST", ENDPOINTS, { body, ...underKey });
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.json["detail"]).toContain("Repeat the request with the same Idempotency-Key");
  const again = await direct.call("POST", ENDPOINTS, { body, ...underKey });
  expect(again.status).toBe(200);
  expect(again.json["secret"]).toMatch(/^whsec_/);
  expect(await listedIds(direct)).toEqual([again.json["id"]]);
  expect(await countDeeds(direct, "endpoint.create")).toBe(1);
});
