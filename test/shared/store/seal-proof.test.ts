// ENCRYPTION_KEY at the start of both processes, and its rotation from the first endpoint to the old key's end.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";

import { act, ENDPOINTS, makeEndpoint } from "../../api/endpoint-support.ts";
import { apiEnvironment, readyApi } from "../../support/api.ts";
import { dumpKeys } from "../../support/ledger.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const [OLD, NEW, THIRD] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte).toString("base64"));

type Environment = Record<string, string>;

/** Runs a program: until it ends by itself, or says that it works, whereupon it is ended. */
async function run(words: string[], environment: Environment) {
  const env = {
    PATH: process.env["PATH"] ?? "",
    NOVITA_API_KEY: "novita-key",
    WORKER_PORT: "0",
    ...environment,
  };
  const child = spawn(process.execPath, words, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let hasStarted = false;
  child.stdout.on("data", (chunk: Buffer) => {
    if (!chunk.includes('"worker.started"')) return;
    hasStarted = true;
    child.kill("SIGTERM");
  });
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
  return { err, code, hasStarted };
}

const startWorker = (environment: Environment) => run(["src/worker/main.ts"], environment);
const startApi = (environment: Environment) => run(["src/api/main.ts"], environment);
const reencrypt = (environment: Environment) => run(["src/api/keys/main.ts", "reencrypt"], environment);

/** An installation with one endpoint, sealed by the old key. */
async function installed() {
  const environment = apiEnvironment({ ENCRYPTION_KEY: OLD ?? "" });
  const api = await readyApi(environment);
  const made = await makeEndpoint(api, { headers: { "X-Shop": "7" } });
  const withKey = (key: string | undefined) => ({ ...environment, ENCRYPTION_KEY: key ?? "" });
  return { api, made, withKey };
}

/** The names of the keys that something is sealed by. */
async function namesOfKeys({ ledger }: Awaited<ReturnType<typeof readyApi>>): Promise<Set<string>> {
  const dump = JSON.stringify([...(await dumpKeys(ledger))]);
  return new Set([...dump.matchAll(/s1\.([\w-]{8})\./g)].map(([, name]) => name ?? ""));
}

describe("a process that starts", () => {
  test("no endpoint was ever made, no ENCRYPTION_KEY -> works", async () => {
    const environment = apiEnvironment({ ENCRYPTION_KEY: "" });
    expect(await startWorker(environment)).toMatchObject({ code: 0, hasStarted: true });
    await readyApi(environment);
  });

  test.each([
    ["none", undefined, "ENCRYPTION_KEY is required once endpoints are used"],
    ["another one", NEW, "ENCRYPTION_KEY does not open the secrets of the endpoints"],
  ])(
    "%s, after endpoints were made -> exit 78 that says what to set, both processes",
    async (_name, key, words) => {
      const { withKey } = await installed();
      for (const start of [startApi, startWorker]) {
        const { code, err } = await start(withKey(key));
        expect(code).toBe(78);
        expect(err).toContain(words);
      }
    },
  );

  test("the key, or the key behind a new one -> works", async () => {
    const { withKey } = await installed();
    for (const key of [OLD, `${NEW},${OLD}`]) {
      expect(await startWorker(withKey(key))).toMatchObject({ code: 0, hasStarted: true });
    }
  });
});

describe("the key's rotation", () => {
  test("re-encrypted with both -> everything is sealed by the new one, which is enough; secrets and headers stay", async () => {
    const { api, made, withKey } = await installed();
    await act(api, made.id, "rotate-secret");
    const before = (await api.call("GET", ENDPOINTS)).json;
    expect((await namesOfKeys(api)).size).toBe(1);
    const [old] = await namesOfKeys(api);
    const { code, err } = await reencrypt(withKey(`${NEW},${OLD}`));
    expect(code).toBe(0);
    expect(err).toContain("1 of 1 endpoints of 1 tenants were sealed anew.");
    const names = await namesOfKeys(api);
    expect(names.size).toBe(1);
    expect(names).not.toContain(old);
    const after = await readyApi(withKey(NEW));
    expect((await after.call("GET", ENDPOINTS)).json).toEqual(before);
    expect(await startWorker(withKey(NEW))).toMatchObject({ code: 0, hasStarted: true });
    expect((await startWorker(withKey(OLD))).code).toBe(78);
  });

  test("once more -> nothing to do, nothing written", async () => {
    const { api, withKey } = await installed();
    await reencrypt(withKey(`${NEW},${OLD}`));
    const { redis, keys } = api.ledger;
    const before = await redis.hgetall(keys.endpoints("acme"));
    const { code, err } = await reencrypt(withKey(`${NEW},${OLD}`));
    expect(code).toBe(0);
    expect(err).toContain("0 of 1 endpoints");
    expect(await redis.hgetall(keys.endpoints("acme"))).toEqual(before);
  });

  test("a key is missing -> exit 1, which says that no key may go; what was sealed stays as it was", async () => {
    const { api, withKey } = await installed();
    const before = await api.ledger.redis.hgetall(api.ledger.keys.endpoints("acme"));
    const { code, err } = await reencrypt(withKey(`${NEW},${THIRD}`));
    expect(code).toBe(1);
    expect(err).toContain("No key may be taken away yet");
    expect(await api.ledger.redis.hgetall(api.ledger.keys.endpoints("acme"))).toEqual(before);
    expect((await startWorker(withKey(NEW))).code).toBe(78);
  });

  test("none is set -> exit 78", async () => {
    const { withKey } = await installed();
    const { code, err } = await reencrypt(withKey(undefined));
    expect(code).toBe(78);
    expect(err).toContain("ENCRYPTION_KEY is not set");
  });
});
