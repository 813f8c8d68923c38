// Keys that were made by command, at the API's door.
import { createHash } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";

import { createKeyStore } from "../../../src/api/keys/key-store.ts";
import { ADMIN, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { dumpKeys } from "../../support/ledger.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { makeJob, smallBody } from "../support.ts";

const storeOf = ({ ledger }: TestApi) => createKeyStore(ledger.redis, ledger.keys);
const path = "/v1/webhook-secret";

describe("a key", () => {
  test("made while the API runs -> lets its tenant in at once, beside API_KEYS, to what is the tenant's", async () => {
    const api = await readyApi();
    const { key } = await storeOf(api).createKey("acme", "backend");
    const id = await makeJob(api);
    expect((await api.call("GET", `/v1/jobs/${id}`, { key })).status).toBe(200);
    const other = await storeOf(api).createKey("initech", null);
    expect(await api.call("GET", `/v1/jobs/${id}`, { key: other.key })).toBeProblem(404, "not_found");
    expect((await api.post(smallBody, { key: other.key })).status).toBe(202);
  });

  test("revoked -> 401 from the next request on, at every API; the tenant's other keys go on", async () => {
    const api = await readyApi();
    const second = await readyApi(api.environment);
    const store = storeOf(api);
    const { key, made } = await store.createKey("acme", null);
    const { key: kept } = await store.createKey("acme", null);
    for (const each of [api, second]) expect((await each.call("GET", path, { key })).status).toBe(200);
    await store.revokeKey(made.id);
    for (const each of [api, second]) {
      expect(await each.call("GET", path, { key })).toBeProblem(401, "unauthorized");
      expect((await each.call("GET", path, { key: kept })).status).toBe(200);
      expect((await each.call("GET", path)).status).toBe(200);
    }
  });

  test("of another installation on the same Redis -> 401", async () => {
    const [api, other] = [await readyApi(), await readyApi()];
    const { key } = await storeOf(other).createKey("acme", null);
    expect((await other.call("GET", path, { key })).status).toBe(200);
    expect(await api.call("GET", path, { key })).toBeProblem(401, "unauthorized");
  });

  test("that was used -> the request's line names it by its id; a configured one by a part of its digest", async () => {
    const api = await readyApi();
    const { key, made } = await storeOf(api).createKey("initech", null);
    await api.call("GET", path, { key });
    expect(await api.logs.waitFor({ msg: "http.request", tenant: "initech" })).toMatchObject({
      key: made.id,
    });
    const configured = "acme-key-0123456789abcdef";
    await api.call("GET", path, { key: configured });
    const digest = createHash("sha256").update(configured).digest("hex");
    expect(await api.logs.waitFor({ msg: "http.request", tenant: "acme" })).toMatchObject({
      key: `env_${digest.slice(0, 8)}`,
    });
    await api.call("GET", "/v1/admin/audit", { key: ADMIN });
    const operator = await api.logs.waitFor({ msg: "http.request", tenant: "*" });
    expect(operator).not.toHaveProperty("key");
    expect(JSON.stringify(api.logs.lines)).not.toContain(key.slice(4));
  });

  test("was made -> Redis holds its hash, and the key nowhere", async () => {
    const api = await readyApi();
    const { key, made } = await storeOf(api).createKey("acme", "backend");
    const held = JSON.stringify([...(await dumpKeys(api.ledger))]);
    expect(held).toContain(createHash("sha256").update(key).digest("base64url"));
    expect(held).toContain(made.id);
    for (const part of [key, key.slice(4, 47), key.slice(4, 24)]) expect(held).not.toContain(part);
  });
});

describe("what is no key of ours", () => {
  test("a made key with a typo -> 401 that says so", async () => {
    const api = await readyApi();
    const { key } = await storeOf(api).createKey("acme", null);
    const typo = key.slice(0, 20) + (key.charAt(20) === "a" ? "b" : "a") + key.slice(21);
    for (const mistyped of [typo, key.slice(0, -1), `${key}x`, "otk_"]) {
      const answer = await api.call("GET", path, { key: mistyped });
      expect(answer).toBeProblem(401, "unauthorized");
      expect(answer.headers["www-authenticate"]).toBe('Bearer realm="onetake"');
      expect(answer.json["detail"]).toBe("This key is mistyped.");
    }
  });

  test("the digest of a key, or its id -> 401", async () => {
    const api = await readyApi();
    const { key, made } = await storeOf(api).createKey("acme", null);
    const digest = createHash("sha256").update(key).digest("base64url");
    for (const guess of [digest, made.id]) {
      expect(await api.call("GET", path, { key: guess })).toBeProblem(401, "unauthorized");
    }
  });
});

describe("Redis is away", () => {
  test("a made key, revoked or not -> 503, never 401; well again by itself", async () => {
    const redis = await startPrivateRedis();
    onTestFinished(() => redis.stop());
    const api = await readyApi({ REDIS_URL: redis.url });
    const { key } = await storeOf(api).createKey("acme", null);
    await redis.kill("SIGSTOP");
    expect(await api.call("GET", path, { key })).toBeProblem(503, "unavailable");
    await redis.kill("SIGCONT");
    expect((await api.call("GET", path, { key })).status).toBe(200);
  });
});
