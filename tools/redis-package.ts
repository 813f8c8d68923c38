// On Debian and Ubuntu the system's own redis-server package can be used without installing it: downloaded by apt
// (which checks its signature), unpacked into a cache folder of this project. Needs no root and changes no system.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

export type FetchedRedis = { command: string; env: Record<string, string> } | { problem: string };

const runFile = promisify(execFile);
const APT_WITHIN_MS = 180_000;
/** Debian's redis-server is a link into redis-tools, so both are taken even when apt believes them installed. */
const PACKAGES = ["redis-server", "redis-tools"];

export async function fetchRedisPackage(cacheDir: string): Promise<FetchedRedis> {
  const unpacked = join(cacheDir, "unpacked");
  const cached = await findUnpacked(unpacked);
  if (cached !== undefined) return cached;
  if (process.platform !== "linux" || !existsSync("/usr/bin/apt-get")) {
    return { problem: "this system has no apt-get to fetch a package with" };
  }
  console.error(
    "No redis-server on PATH: fetching the system's package into .cache/redis (nothing is installed) …",
  );
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(join(cacheDir, "fetch-"));
  try {
    await downloadInto(work);
    await unpackInto(join(work, "unpacked"), work);
    // Whoever else fetched it meanwhile has put the same there.
    await rename(join(work, "unpacked"), unpacked).catch(() => {});
    return (await findUnpacked(unpacked)) ?? { problem: "the fetched redis-server does not run" };
  } catch (error) {
    return { problem: `fetching the redis-server package failed: ${lastLine(error)}` };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** With the system's package lists, or, where there are none or they are outdated, with fresh ones of our own. */
async function downloadInto(work: string): Promise<void> {
  await mkdir(join(work, "cache"));
  const options = ["-o", `Dir::Cache=${join(work, "cache")}`, "-o", "Debug::NoLocking=true"];
  if (process.getuid?.() === 0) options.push("-o", "APT::Sandbox::User=root");
  try {
    return await downloadPackages(work, options);
  } catch {
    const lists = join(work, "lists");
    await mkdir(join(lists, "partial"), { recursive: true });
    const own = [...options, "-o", `Dir::State::lists=${lists}`];
    await apt(work, [...own, "update"]);
    await downloadPackages(work, own);
  }
}

async function downloadPackages(work: string, options: string[]): Promise<void> {
  const plan = await apt(work, [...options, "-s", "install", "--no-install-recommends", "redis-server"]);
  const missing = [...plan.matchAll(/^Inst (\S+)/gm)].flatMap(([, name]) => name ?? []);
  await apt(work, [...options, "download", ...new Set([...PACKAGES, ...missing])]);
}

async function unpackInto(target: string, work: string): Promise<void> {
  const files = await readdir(work);
  for (const file of files.filter((name) => name.endsWith(".deb"))) {
    await runFile("dpkg", ["-x", join(work, file), target]);
  }
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

async function apt(cwd: string, args: string[]): Promise<string> {
  const env = { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  return (await runFile("apt-get", args, { cwd, env, timeout: APT_WITHIN_MS, maxBuffer: 2 ** 24 })).stdout;
}

function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trimEnd().split("\n").at(-1) ?? text;
}
