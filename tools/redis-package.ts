// On Debian and Ubuntu the system's own redis-server package can be used without installing it.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Apt, type Download, unpackPackages } from "./apt.ts";

export type FetchedRedis = { command: string; env: Record<string, string> } | { problem: string };

const runFile = promisify(execFile);
/** Debian's redis-server is a link into redis-tools, so both are taken even when apt believes them installed. */
const PACKAGES = ["redis-server", "redis-tools"];

export async function fetchRedisPackage(cacheDir: string): Promise<FetchedRedis> {
  const unpacked = join(cacheDir, "unpacked");
  const cached = await findUnpacked(unpacked);
  if (cached !== undefined) return cached;
  console.error(
    "No redis-server on PATH: fetching the system's package into .cache/redis (nothing is installed) …",
  );
  const problem = await unpackPackages(cacheDir, download);
  if (problem !== undefined) return { problem: `fetching the redis-server package failed: ${problem}` };
  return (await findUnpacked(unpacked)) ?? { problem: "the fetched redis-server does not run" };
}

/** With the system's package lists, or, where there are none or they are outdated, with fresh ones of our own. */
const download: Download = async (apt, _work, ownLists) => {
  try {
    return await downloadPackages(apt);
  } catch {
    await apt(...ownLists, "update");
    await downloadPackages((...args) => apt(...ownLists, ...args));
  }
};

async function downloadPackages(apt: Apt): Promise<void> {
  const plan = await apt("-s", "install", "--no-install-recommends", "redis-server");
  const missing = [...plan.matchAll(/^Inst (\S+)/gm)].flatMap(([, name]) => name ?? []);
  await apt("download", ...new Set([...PACKAGES, ...missing]));
}

async function findUnpacked(
  unpacked: string,
): Promise<{ command: string; env: Record<string, string> } | undefined> {
  const command = join(unpacked, "usr/bin/redis-server");
  if (!existsSync(command)) return undefined;
  const files = await readdir(unpacked, { recursive: true });
  const libraries = new Set(
    files.filter((file) => /\.so(\.\d+)*$/.test(file)).map((file) => join(unpacked, dirname(file))),
  );
  const env: Record<string, string> =
    libraries.size === 0 ? {} : { LD_LIBRARY_PATH: [...libraries].join(":") };
  const isRunning = await runFile(command, ["--version"], { env }).then(
    () => true,
    () => false,
  );
  return isRunning ? { command, env } : undefined;
}
