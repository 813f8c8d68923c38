// POST /v1/webhook-secret/rotate while five secrets that were replaced still sign.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { countDeeds } from "../support.ts";
import { passDay } from "./support.ts";

const rotate = (api: TestApi, options = {}) => api.call("POST", "/v1/webhook-secret/rotate", options);

test("a sixth rotation within the day -> 409 with the time when it is possible; nothing changes, nothing on record", async () => {
  const api = await readyApi();
  const startedAt = await api.ledger.jobs.readClock();
  for (let n = 0; n < 5; n++) expect((await rotate(api)).status).toBe(200);
  const before = await api.call("GET", "/v1/webhook-secret");
  expect(before.json["secrets"]).toHaveLength(6);
  const answer = await rotate(api);
  expect(answer).toBeProblem(409, "rotated_too_often");
  const possibleAt = String(answer.json["possible_at"]);
  expect(Date.parse(possibleAt) - startedAt).toBeGreaterThanOrEqual(86_400_000);
  expect(Date.parse(possibleAt) - startedAt).toBeLessThan(86_400_000 + 10_000);
  expect(answer.json["detail"]).toContain(possibleAt);
  expect((await api.call("GET", "/v1/webhook-secret")).json).toEqual(before.json);
  expect(await countDeeds(api, "secret.rotate")).toBe(5);
});

test("another tenant -> is not held up by it; a day later this one is not either", async () => {
  const api = await readyApi();
  for (let n = 0; n < 5; n++) await rotate(api);
  expect((await rotate(api, { key: GLOBEX })).status).toBe(200);
  expect((await rotate(api)).status).toBe(409);
  await passDay(api, "acme");
  const answer = await rotate(api);
  expect(answer.status).toBe(200);
  expect(answer.json["secrets"]).toHaveLength(2);
});

test("20 at once, without keys -> 5 rotations, and 409 for the others", async () => {
  const api = await readyApi();
  const answers = await Promise.all(Array.from({ length: 20 }, () => rotate(api)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
  for (const answer of answers.filter(({ status }) => status !== 200)) {
    expect(answer).toBeProblem(409, "rotated_too_often");
  }
  expect(await countDeeds(api, "secret.rotate")).toBe(5);
});

test("20 at once with one key, and room for one -> all are told of the one: 200", async () => {
  const api = await readyApi();
  for (let n = 0; n < 4; n++) await rotate(api);
  const headers = { "idempotency-key": "k" };
  const answers = await Promise.all(Array.from({ length: 20 }, () => rotate(api, { headers })));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(await countDeeds(api, "secret.rotate")).toBe(5);
});

test("a refusal with a key -> is not kept: the same request a day later rotates", async () => {
  const api = await readyApi();
  for (let n = 0; n < 5; n++) await rotate(api);
  const headers = { "idempotency-key": "k" };
  expect((await rotate(api, { headers })).status).toBe(409);
  await passDay(api, "acme");
  const answer = await rotate(api, { headers });
  expect(answer.status).toBe(200);
  expect(answer.headers).not.toHaveProperty("idempotent-replayed");
});
