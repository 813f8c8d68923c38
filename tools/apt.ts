// Debian's and Ubuntu's packages without installing them: downloaded by apt (which checks their signatures) and unpacked
// into a cache folder of this project. Needs no root and changes no system.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** Runs apt-get in the folder that packages are downloaded into; resolves with what it printed. */
export type Apt = (...args: string[]) => Promise<string>;

/** Downloads packages into `work`, where `apt` runs. `ownLists` are the options of package lists of its own. */
export type Download = (apt: Apt, work: string, ownLists: string[]) => Promise<void>;

const runFile = promisify(execFile);
const APT_WITHIN_MS = 180_000;

/** Unpacks what `download` fetches into `<cacheDir>/unpacked`. Returns what went wrong, if anything did. */
export async function unpackPackages(cacheDir: string, download: Download): Promise<string | undefined> {
  if (process.platform !== "linux" || !existsSync("/usr/bin/apt-get")) {
    return "this system has no apt-get to fetch a package with";
  }
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(join(cacheDir, "fetch-"));
  try {
    await mkdir(join(work, "cache"));
    await mkdir(join(work, "lists", "partial"), { recursive: true });
    await download(aptIn(work), work, ["-o", `Dir::State::lists=${join(work, "lists")}`]);
    await unpackInto(join(work, "unpacked"), work);
    // Whoever else fetched it meanwhile has put the same there.
    await rename(join(work, "unpacked"), join(cacheDir, "unpacked")).catch(() => {});
    return undefined;
  } catch (error) {
    return lastLine(error);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function aptIn(work: string): Apt {
  const options = ["-o", `Dir::Cache=${join(work, "cache")}`, "-o", "Debug::NoLocking=true"];
  if (process.getuid?.() === 0) options.push("-o", "APT::Sandbox::User=root");
  const env = { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  const how = { cwd: work, env, timeout: APT_WITHIN_MS, maxBuffer: 2 ** 24 };
  return async (...args) => (await runFile("apt-get", [...options, ...args], how)).stdout;
}

async function unpackInto(target: string, work: string): Promise<void> {
  const files = await readdir(work);
  for (const file of files.filter((name) => name.endsWith(".deb"))) {
    await runFile("dpkg", ["-x", join(work, file), target]);
  }
}

function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trimEnd().split("\n").at(-1) ?? text;
}
