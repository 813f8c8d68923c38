// `npm run keys` as a real process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { findFreePort } from "../../../tools/free-port.ts";
import { readyApi } from "../../support/api.ts";
import { redisUrl, startPrivateRedis, testPrefix } from "../../support/redis.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const KEY = /^otk_[0-9A-Za-z]{49}\n$/;
const UNKNOWN = "key_01K9Z4Q6W8D2V5T1R3N7M0X4YB";

/** Runs it until it ends, on the tests' Redis unless told otherwise. */
async function keys(prefix: string, args: string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ["src/api/keys/main.ts", ...args], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"] ?? "", REDIS_URL: redisUrl(), KEY_PREFIX: prefix, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { out, err, code };
}

const Listed = z.strictObject({
  data: z.array(
    z.strictObject({
      id: z.string(),
      tenant: z.string(),
      name: z.string().nullable(),
      created_at: z.iso.datetime(),
      revoked_at: z.iso.datetime().nullable(),
    }),
  ),
});

async function listed(prefix: string) {
  const { out, code } = await keys(prefix, ["list", "--json"]);
  expect(code).toBe(0);
  return Listed.parse(JSON.parse(out)).data;
}

describe("a key's life", () => {
  test("create -> the key alone on standard output, which opens a running API; list shows all but the key", async () => {
    const api = await readyApi();
    const created = await keys(api.prefix, ["create", "acme", "--name", "the back end"]);
    expect(created.code).toBe(0);
    expect(created.out).toMatch(KEY);
    const key = created.out.trim();
    expect((await api.call("GET", "/v1/webhook-secret", { key })).status).toBe(200);
    const [{ id, ...rest } = { id: "" }] = await listed(api.prefix);
    expect(created.err).toContain(id);
    expect(created.err).not.toContain(key);
    expect(rest).toMatchObject({ tenant: "acme", name: "the back end", revoked_at: null });
    const table = await keys(api.prefix, ["list"]);
    expect(table).toMatchObject({ code: 0, err: "" });
    const [head, line, ...more] = table.out.trimEnd().split("\n");
    expect(head).toMatch(/^ID +TENANT +NAME +CREATED +REVOKED$/);
    expect(line).toMatch(new RegExp(`^${id} +acme +the back end +\\d{4}-\\S+Z +-$`));
    expect(more).toEqual([]);
    expect(table.out).not.toContain(key.slice(4, 14));
  });

  test("revoke -> the API refuses it at once; listed with the time; once more -> the same time, exit 0", async () => {
    const api = await readyApi();
    const key = (await keys(api.prefix, ["create", "acme"])).out.trim();
    const [made] = await listed(api.prefix);
    const id = made?.id ?? "";
    expect(await keys(api.prefix, ["revoke", id])).toMatchObject({
      code: 0,
      out: "",
      err: `${id} of acme is revoked. It lets nobody in.\n`,
    });
    expect((await api.call("GET", "/v1/webhook-secret", { key })).status).toBe(401);
    const [revoked] = await listed(api.prefix);
    expect(revoked).toMatchObject({ id, revoked_at: expect.any(String) });
    const again = await keys(api.prefix, ["revoke", id]);
    expect(again).toMatchObject({
      code: 0,
      err: expect.stringContaining(`already, at ${revoked?.revoked_at}`),
    });
    expect(await listed(api.prefix)).toEqual([revoked]);
  });

  test("none made -> list says so and ends well; as JSON it is an empty list", async () => {
    const prefix = testPrefix();
    expect(await keys(prefix, ["list"])).toEqual({ code: 0, out: "", err: "No key was made so far.\n" });
    expect(await listed(prefix)).toEqual([]);
  });

  test.each(["help", "--help", "-h"])("%s -> how to use it, on standard output, exit 0", async (word) => {
    const { code, out, err } = await keys(testPrefix(), [word]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("npm run keys -- create <tenant>");
  });

  test("revoke an id that nobody has -> exit 1", async () => {
    expect(await keys(testPrefix(), ["revoke", UNKNOWN])).toEqual({
      code: 1,
      out: "",
      err: `There is no key ${UNKNOWN}.\n`,
    });
  });
});

describe("mistakes", () => {
  test.each<[string, string[]]>([
    ["nothing", []],
    ["an unknown command", ["make", "acme"]],
    ["create without a tenant", ["create"]],
    ["a tenant in capitals", ["create", "ACME"]],
    ["a tenant of 41 letters", ["create", "a".repeat(41)]],
    ["a word too many", ["create", "acme", "corp"]],
    ["an unknown option", ["create", "acme", "--tenant", "x"]],
    ["a name without text", ["create", "acme", "--name"]],
    ["an empty name", ["create", "acme", "--name", ""]],
    ["a name of 101 letters", ["create", "acme", "--name", "n".repeat(101)]],
    ["a name that commands the terminal", ["create", "acme", "--name", "\u001b[2J"]],
    ["create as JSON", ["create", "acme", "--json"]],
    ["list of a tenant", ["list", "acme"]],
    ["a name for list", ["list", "--name", "x"]],
    ["revoke without an id", ["revoke"]],
  ])("%s -> exit 64 and the usage, Redis not asked", async (_what, args) => {
    const answer = await keys(testPrefix(), args, { REDIS_URL: "redis://127.0.0.1:1" });
    expect(answer.code).toBe(64);
    expect(answer.out).toBe("");
    expect(answer.err).toMatch(/^\S.+\.\n\nusage:\n {2}npm run keys -- create <tenant>/);
  });

  test("revoke with the key in place of its id -> exit 64, and the key is not repeated", async () => {
    const prefix = testPrefix();
    const key = (await keys(prefix, ["create", "acme"])).out.trim();
    const answer = await keys(prefix, ["revoke", key]);
    expect(answer.code).toBe(64);
    expect(answer.err).toContain("That is a key.");
    expect(answer.err).not.toContain(key.slice(4, 14));
  });

  test("a bad configuration -> exit 78, every fault told", async () => {
    const answer = await keys("a b", ["list"], { REDIS_URL: "http://x" });
    expect(answer.code).toBe(78);
    for (const name of ["REDIS_URL", "KEY_PREFIX"]) expect(answer.err).toContain(`  - ${name} must `);
  });
});

describe("Redis", () => {
  test("away -> exit 69 and one sentence, without the password of its URL", async () => {
    const port = await findFreePort();
    const REDIS_URL = `redis://someone:hunter2@127.0.0.1:${port}`;
    const answer = await keys(testPrefix(), ["create", "acme"], { REDIS_URL });
    expect(answer.code).toBe(69);
    expect(answer.out).toBe("");
    expect(answer.err).toMatch(/^Redis cannot be reached \(.*ECONNREFUSED.*\): check REDIS_URL\.\n$/);
    expect(answer.err).not.toContain("hunter2");
  });

  test("one that evicts -> exit 78, and no key is made that could be lost", async () => {
    const redis = await startPrivateRedis();
    onTestFinished(() => redis.stop());
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    await client.config("SET", "maxmemory-policy", "allkeys-lru");
    const answer = await keys(testPrefix(), ["create", "acme"], { REDIS_URL: redis.url });
    expect(answer).toMatchObject({ code: 78, out: "" });
    expect(answer.err).toContain("set maxmemory-policy noeviction");
    expect(await client.dbsize()).toBe(0);
  });
});
