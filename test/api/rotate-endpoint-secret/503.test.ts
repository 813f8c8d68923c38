// POST /v1/webhook-endpoints/{id}/rotate-secret where no secret can be kept, or opened.
import { expect, test } from "vitest";
import { createSealer } from "../../../src/shared/webhook/seal.ts";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { makeEndpoint, noSealKey, readEndpoint, underKey } from "../endpoint-support.ts";
import { rotate } from "./support.ts";

/** As if the key that sealed what is there had been taken away. */
async function sealByAnother({ ledger: { redis, keys } }: TestApi): Promise<void> {
  const state = String(await redis.hget(keys.endpoints("acme"), "state"));
  const foreign = createSealer([Buffer.alloc(32, 1)]).seal("x", "y");
  await redis.hset(keys.endpoints("acme"), "state", state.replaceAll(/s1\.[\w.-]+/g, foreign));
}

test("no ENCRYPTION_KEY -> 503, nothing rotated", async () => {
  const api = await readyApi();
  const blind = await readyApi({ ...api.environment, ...noSealKey });
  const { id } = await makeEndpoint(api);
  const before = await readEndpoint(api, id);
  expect(await rotate(blind, id)).toBeProblem(503, "encryption_key_missing");
  expect(await readEndpoint(api, id)).toEqual(before);
});

test("a repeat, and the secret was sealed by a key that is not there -> 503 that says which key is needed", async () => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api);
  await rotate(api, id, {}, underKey.headers);
  await sealByAnother(api);
  const again = await rotate(api, id, {}, underKey.headers);
  expect(again).toBeProblem(503, "encryption_key_missing");
  expect(again.json["detail"]).toContain("has to add the key that it was encrypted with");
});

test("the secret that is replaced cannot be opened -> it is replaced all the same, also by one that is given", async () => {
  const api = await readyApi();
  const { id, secret } = await makeEndpoint(api);
  await sealByAnother(api);
  expect(await rotate(api, id, { secret })).toMatchObject({ status: 200, json: { secret } });
});
