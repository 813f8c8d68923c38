// Redis 8, for what older servers cannot do (WAITAOF). Where the system has an older one, Debian 13's is run without
// being installed: with its own loader and libraries, whatever the system's are.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Download, unpackPackages } from "../../tools/apt.ts";
import { findRedisServer, type RedisBinary, type RedisOptions } from "../../tools/redis.ts";
import { type PrivateRedis, startPrivateRedis } from "./private-redis.ts";

const runFile = promisify(execFile);
const CACHE_DIR = fileURLToPath(new URL("../../.cache/redis-8/", import.meta.url));
const SOURCE =
  "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main\n";
/** Debian's redis-server is a link to a program of redis-tools; the rest is what that program is linked with. */
const PACKAGES =
  "redis-tools libc6 libjemalloc2 libssl3t64 liblzf1 libsystemd0 libstdc++6 libgcc-s1 libatomic1 libcap2 zlib1g " +
  "libzstd1 liblzma5 liblz4-1 libgcrypt20 libgpg-error0";

/**
 * The server, fetched when it is not there, or null where it cannot be had. Tests that need it are skipped then, but
 * never in CI: `test.skipIf(eight === null && !process.env.CI)`.
 */
export async function findRedisEight(): Promise<RedisBinary | null> {
  const known = (await findOnPath()) ?? (await findUnpacked());
  if (known !== null) return known;
  const problem = await unpackPackages(CACHE_DIR, download);
  if (problem !== undefined) process.stderr.write(`Redis 8 cannot be had here: ${problem}\n`);
  return findUnpacked();
}

/** As `startPrivateRedis`. */
export async function startRedisEight(
  options: Partial<Omit<RedisOptions, "dir" | "server">> = {},
): Promise<PrivateRedis> {
  const server = await findRedisEight();
  if (server === null) throw new Error("Redis 8 cannot be had here");
  return startPrivateRedis({ ...options, server });
}

async function findOnPath(): Promise<RedisBinary | null> {
  const server = await findRedisServer();
  if (server.kind === "container") return null;
  return (await isEight(server)) ? server : null;
}

async function findUnpacked(): Promise<RedisBinary | null> {
  const command = join(CACHE_DIR, "redis-server");
  if (!existsSync(join(CACHE_DIR, "unpacked"))) return null;
  if (!existsSync(command)) await writeWrapper(command);
  const server = { kind: "process", from: "Debian 13's package", command, env: {} } as const;
  return (await isEight(server)) ? server : null;
}

async function isEight({ command, env }: { command: string; env: Record<string, string> }): Promise<boolean> {
  const shown = await runFile(command, ["--version"], { env: { ...process.env, ...env } }).catch(() => null);
  return / v=([89]|\d\d)\./.test(shown?.stdout ?? "");
}

const download: Download = async (apt, work, ownLists) => {
  const list = join(work, "sources.list");
  await writeFile(list, SOURCE);
  const sources = ["-o", `Dir::Etc::sourcelist=${list}`, "-o", "Dir::Etc::sourceparts=/dev/null"];
  await apt(...ownLists, ...sources, "update");
  await apt(...ownLists, ...sources, "download", ...PACKAGES.split(" "));
};

/** A program as any other, to whoever starts it. */
async function writeWrapper(command: string): Promise<void> {
  const unpacked = join(CACHE_DIR, "unpacked");
  const files = await readdir(unpacked, { recursive: true });
  const loader = files.find((file) => /(^|\/)ld-linux[^/]*\.so\.\d$/.test(file)) ?? "";
  const libraries = new Set(files.filter((file) => /\.so(\.\d+)*$/.test(file)).map((file) => dirname(file)));
  const path = [...libraries].map((folder) => `$root/${folder}`).join(":");
  const program = '"$root/usr/bin/redis-check-rdb"';
  const run = `exec "$root/${loader}" --argv0 redis-server --library-path "${path}" ${program} "$@"`;
  await writeFile(command, `#!/bin/sh\nroot="$(dirname "$0")/unpacked"\n${run}\n`);
  await chmod(command, 0o755);
}
