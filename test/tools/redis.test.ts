import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startRedis, useRedis } from "../../tools/redis.ts";
import { redisUrl, startPrivateRedis, testPrefix } from "../support/redis.ts";

let dir = "";
const closers: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "onetake-test-redis-"));
});

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
  await rm(dir, { recursive: true, force: true });
});

function connect(url: string): Redis {
  const redis = new Redis(url);
  redis.on("error", () => {});
  closers.push(async () => redis.disconnect());
  return redis;
}

async function open(options: Parameters<typeof startRedis>[0]) {
  const running = await startRedis(options);
  closers.push(() => running.stop());
  return running;
}

async function openPrivate(options?: Parameters<typeof startPrivateRedis>[0]) {
  const own = await startPrivateRedis(options);
  closers.push(() => own.stop());
  return own;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

test("the shared Redis -> answers, and two prefixes never meet", async () => {
  const redis = connect(redisUrl());
  const [one, two] = [testPrefix(), testPrefix()];
  await redis.set(`{${one}}:key`, "1", "EX", 60);
  expect(await redis.exists(`{${two}}:key`)).toBe(0);
  expect(one).toMatch(/^[A-Za-z0-9_-]{1,40}$/);
});

test("a started Redis -> noeviction, on loopback, its file in the folder given", async () => {
  const running = await open({ dir, appendonly: true, appendfsync: "always" });
  const redis = connect(running.url);
  expect(await redis.config("GET", "maxmemory-policy")).toEqual(["maxmemory-policy", "noeviction"]);
  expect(await redis.config("GET", "bind")).toEqual(["bind", "127.0.0.1"]);
  expect(await redis.config("GET", "appendfsync")).toEqual(["appendfsync", "always"]);
  expect(await redis.config("GET", "dir")).toEqual(["dir", dir]);
});

test("stop -> the process is gone, and a second stop does nothing", async () => {
  const running = await startRedis({ dir, appendonly: false });
  expect(isAlive(running.pid)).toBe(true);
  await running.stop();
  expect(isAlive(running.pid)).toBe(false);
  await expect(running.stop()).resolves.toBeUndefined();
});

test("REDIS_URL is set -> that one, and stopping leaves it running", async () => {
  vi.stubEnv("REDIS_URL", redisUrl());
  closers.push(async () => vi.unstubAllEnvs());
  const used = await useRedis({ dir, appendonly: true });
  await used.stop();
  expect(used).toMatchObject({ url: redisUrl(), from: "REDIS_URL" });
  expect(await connect(used.url).ping()).toBe("PONG");
});

test("REDIS_URL is not set -> a local one, gone once stopped", async () => {
  vi.stubEnv("REDIS_URL", "");
  closers.push(async () => vi.unstubAllEnvs());
  const used = await useRedis({ dir, appendonly: true });
  expect(await connect(used.url).ping()).toBe("PONG");
  await used.stop();
  expect(await isListening(Number(new URL(used.url).port))).toBe(false);
});

test("a private Redis killed and restarted -> same address, another process, data kept", async () => {
  const own = await openPrivate();
  const { url, pid } = own;
  await connect(url).set("kept", "yes");
  await own.kill();
  expect(isAlive(pid)).toBe(false);
  await own.restart();
  expect(own.url).toBe(url);
  expect(own.pid).not.toBe(pid);
  expect(await connect(url).get("kept")).toBe("yes");
});

test("a private Redis frozen and thawed -> kill returns at once, the process lives on", async () => {
  const own = await openPrivate();
  await own.kill("SIGSTOP");
  const answer = connect(own.url).ping();
  await own.kill("SIGCONT");
  expect(await answer).toBe("PONG");
});

test("a taken port -> the error carries what Redis itself said", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(async () => server.close());
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(startRedis({ dir, port, appendonly: false })).rejects.toThrow(/Address already in use/);
});

test("a port where another Redis answers -> that one is not taken for ours", async () => {
  const other = await open({ dir: join(dir, "other"), appendonly: false });
  const ours = startRedis({ dir: join(dir, "ours"), port: other.port, appendonly: false });
  await expect(ours).rejects.toThrow(/Address already in use/);
});

test("a folder that another Redis uses -> refused, so that two never append to one file", async () => {
  const running = await open({ dir, appendonly: true });
  await expect(startRedis({ dir, appendonly: true })).rejects.toThrow(`process ${running.pid}`);
});

test("a process number left behind by a crash -> starts all the same", async () => {
  await writeFile(join(dir, "redis.pid"), "999999999\n");
  const running = await open({ dir, appendonly: true });
  expect(await connect(running.url).ping()).toBe("PONG");
});

test("the parent is killed -> its Redis does not outlive it", async () => {
  const parent = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `const { startRedis } = await import(${JSON.stringify(fileURLToPath(new URL("../../tools/redis.ts", import.meta.url)))});
       console.log((await startRedis({ dir: process.argv[1], appendonly: false })).port);`,
      dir,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [line] = await once(parent.stdout, "data");
  const port = Number(String(line));
  expect(await isListening(port)).toBe(true);
  parent.kill("SIGKILL");
  await vi.waitFor(async () => expect(await isListening(port)).toBe(false), { timeout: 10_000 });
});
