// POST /v1/webhook-secret/rotate with an Idempotency-Key that was used before.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { countDeeds } from "../support.ts";

const rotate = (api: TestApi, name: string, options = {}) =>
  api.call("POST", "/v1/webhook-secret/rotate", { headers: { "idempotency-key": name }, ...options });

test("the same key again -> no second rotation, the secrets as they are now, said to be a replay", async () => {
  const api = await readyApi();
  const first = await rotate(api, "k");
  const again = await rotate(api, "k");
  expect(again.status).toBe(200);
  expect(again.headers["idempotent-replayed"]).toBe("true");
  expect(again.json).toEqual(first.json);
  const later = await rotate(api, "l");
  expect(later.headers).not.toHaveProperty("idempotent-replayed");
  expect((await rotate(api, "k")).json).toEqual(later.json);
  expect(await countDeeds(api, "secret.rotate")).toBe(2);
});

test("another tenant's equal key -> a rotation of its own", async () => {
  const api = await readyApi();
  await rotate(api, "k");
  const other = await rotate(api, "k", { key: GLOBEX });
  expect(other.headers).not.toHaveProperty("idempotent-replayed");
  expect(await countDeeds(api, "secret.rotate")).toBe(2);
});

test("no body, then an empty object -> the same request: no second rotation", async () => {
  const api = await readyApi();
  const first = await rotate(api, "k");
  expect((await rotate(api, "k", { body: {} })).json).toEqual(first.json);
  expect(await countDeeds(api, "secret.rotate")).toBe(1);
});

test("a key -> is kept as long as a job is", async () => {
  const api = await readyApi({ RETENTION_S: "1000" });
  await rotate(api, "k");
  const { redis, keys } = api.ledger;
  const [name = ""] = await redis.keys(`${keys.idempotency("acme", "")}*`);
  const ttl = await redis.ttl(name);
  expect(ttl).toBeGreaterThan(900);
  expect(ttl).toBeLessThanOrEqual(1000);
  await redis.pexpire(name, 0);
  expect((await rotate(api, "k")).headers).not.toHaveProperty("idempotent-replayed");
});
