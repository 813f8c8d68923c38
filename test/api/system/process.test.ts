// `node src/api/main.ts`: it starts or says what to change, and shuts down gracefully.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { createKeyStore } from "../../../src/api/keys/key-store.ts";
import { makeKeys } from "../../../src/shared/store/keys.ts";
import { startApi as startProcess } from "../../e2e/support/program.ts";
import { ACME, apiEnvironment, caller, isReady } from "../../support/api.ts";
import { startPrivateRedis } from "../../support/redis.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Makes a key for a tenant of the installation that the environment names. */
async function makeKey(environment: Record<string, string>, tenant: string): Promise<string> {
  const client = new Redis(environment["REDIS_URL"] ?? "");
  const store = createKeyStore(client, makeKeys(environment["KEY_PREFIX"] ?? ""));
  const { key } = await store.createKey(tenant, null);
  client.disconnect();
  return key;
}

/** Runs it until it ends by itself. */
async function runToEnd(environment: Record<string, string>) {
  const child = spawn(process.execPath, ["src/api/main.ts"], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [log, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { log, errors, code };
}

async function privateRedis(...settings: [name: string, value: string][]) {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  const client = new Redis(redis.url);
  for (const [name, value] of settings) await client.config("SET", name, value);
  client.disconnect();
  return redis;
}

describe("what it cannot start with", () => {
  test("a bad configuration -> exit 78, every fault on a line of its own, no secret told", async () => {
    const { code, errors, log } = await runToEnd({
      REDIS_URL: "http://x",
      KEY_PREFIX: "a b",
      PORT: "70000",
      API_KEYS: "acme:too-short",
      ADMIN_KEY: "too-short",
      WEBHOOK_SECRET: "whsec_c2hvcnQ=",
      WEBHOOK_ALLOW_CIDRS: "10.0.0.0",
      PRICES: "wan2.7-t2v=0.10",
      SHUTDOWN_TIMEOUT_MS: "5000",
      REQUIRE_IDEMPOTENCY_KEY: "yes",
      LOG_LEVEL: "loud",
    });
    expect(code).toBe(78);
    const names =
      "REDIS_URL KEY_PREFIX PORT API_KEYS ADMIN_KEY WEBHOOK_SECRET WEBHOOK_ALLOW_CIDRS PRICES LOG_LEVEL " +
      "REQUIRE_IDEMPOTENCY_KEY SHUTDOWN_TIMEOUT_MS";
    for (const name of names.split(" ")) expect(errors).toMatch(new RegExp(`^  - ${name} \\S`, "m"));
    expect(errors + log).not.toContain("too-short");
    expect(errors + log).not.toContain("c2hvcnQ");
  });

  test("nothing configured -> exit 78, naming what is required", async () => {
    const { code, errors } = await runToEnd({});
    expect(code).toBe(78);
    expect(errors).toContain("  - WEBHOOK_SECRET is required");
  });

  test("an ADMIN_KEY that is an API key, and too little time to stop -> exit 78, both told", async () => {
    const { code, errors } = await runToEnd(
      apiEnvironment({ ADMIN_KEY: ACME, SHUTDOWN_TIMEOUT_MS: "69999" }),
    );
    expect(code).toBe(78);
    expect(errors).toContain("  - ADMIN_KEY must differ from every API key");
    expect(errors).toContain("  - SHUTDOWN_TIMEOUT_MS must be at least SUBMIT_TIMEOUT_MS + 10000");
    expect(errors).not.toContain(ACME);
  });

  test("a Redis that evicts -> exit 78 with what to set", async () => {
    const redis = await privateRedis(["maxmemory-policy", "allkeys-lru"]);
    const { code, errors } = await runToEnd(apiEnvironment({ REDIS_URL: redis.url }));
    expect(code).toBe(78);
    expect(errors).toContain("allkeys-lru");
    expect(errors).toContain("set maxmemory-policy noeviction");
  });

  test("a replica -> exit 78 with what to name instead", async () => {
    const primary = await privateRedis();
    const replica = await privateRedis(["replica-read-only", "yes"]);
    const client = new Redis(replica.url);
    await client.replicaof("127.0.0.1", primary.port);
    client.disconnect();
    const { code, errors } = await runToEnd(apiEnvironment({ REDIS_URL: replica.url }));
    expect(code).toBe(78);
    expect(errors).toContain("name its primary");
  });

  test("INTAKE_DURABILITY=fsync, and no append-only file -> exit 78 with what it needs", async () => {
    const redis = await privateRedis(["appendonly", "no"]);
    const { code, errors } = await runToEnd(
      apiEnvironment({ REDIS_URL: redis.url, INTAKE_DURABILITY: "fsync" }),
    );
    expect(code).toBe(78);
    expect(errors).toContain("INTAKE_DURABILITY=fsync needs a Redis with appendonly yes");
  });

  test("no append-only file -> it starts, and warns", async () => {
    const redis = await privateRedis(["appendonly", "no"]);
    const api = await startProcess(apiEnvironment({ REDIS_URL: redis.url }));
    expect((await api.logged("redis.no_aof")).level).toBe("warn");
    await isReady({ call: caller(api.url) });
    expect(api.hasEnded).toBe(false);
  });
});

const keyless = (changes: Record<string, string>) => {
  const { API_KEYS: _none, ...others } = apiEnvironment(changes);
  return others;
};

describe("whom it serves", () => {
  test("no API_KEYS and none made -> exit 78 with both ways out, operator or not", async () => {
    const { code, errors } = await runToEnd(keyless({}));
    expect(code).toBe(78);
    expect(errors).toContain("there are no API keys");
    expect(errors).toContain("npm run keys -- create <tenant>");
    expect(errors).toContain("set API_KEYS=tenant:key");
  });

  test("no API_KEYS, but a key that was made -> it starts, and serves its owner", async () => {
    const environment = keyless({});
    const key = await makeKey(environment, "acme");
    const api = await startProcess(environment);
    const call = caller(api.url);
    await isReady({ call });
    expect((await call("GET", "/v1/webhook-secret", { key })).status).toBe(200);
  });

  test("Redis is away at start -> it waits, and looks for keys once Redis is there", async () => {
    const redis = await privateRedis();
    const environment = keyless({ REDIS_URL: redis.url });
    await redis.kill();
    const api = await startProcess(environment);
    await api.logged("redis.away");
    expect(api.hasEnded).toBe(false);
    await redis.restart();
    expect(await api.ended).toEqual({ code: 78, signal: null });
  });

  test("its last key goes while it runs, and Redis comes anew -> it goes on", async () => {
    const redis = await privateRedis();
    const environment = keyless({ REDIS_URL: redis.url });
    const key = await makeKey(environment, "acme");
    const api = await startProcess(environment);
    const call = caller(api.url);
    await isReady({ call });
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
    await redis.kill();
    await api.logged("redis.away");
    await redis.restart();
    await api.logged("redis.back");
    await isReady({ call });
    expect((await call("GET", "/v1/webhook-secret", { key })).status).toBe(401);
    expect(api.hasEnded).toBe(false);
  });
});

describe("how it stops", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("%s with an idle caller connected -> exit 0", async (signal) => {
    const api = await startProcess(apiEnvironment());
    await isReady({ call: caller(api.url) });
    await api.kill(signal);
    expect(await api.ended).toEqual({ code: 0, signal: null });
    expect(api.log.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(["process.stopping", "process.stopped"]),
    );
  });

  test("SIGTERM while Redis is away -> exit 0 all the same", async () => {
    const redis = await privateRedis();
    const api = await startProcess(apiEnvironment({ REDIS_URL: redis.url }));
    await isReady({ call: caller(api.url) });
    await redis.kill();
    await api.kill("SIGTERM");
    expect(await api.ended).toEqual({ code: 0, signal: null });
  });
});
