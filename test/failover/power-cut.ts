// A power cut: what a server had written and not yet synced is gone. strace tells what was synced, since nobody else does.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import type { PrivateRedis } from "../support/private-redis.ts";
import { program } from "../support/program.ts";

export type PoweredServer = {
  /** Kills it, and cuts its files to what had been synced. Returns how many bytes that took away. */
  cutPower(): Promise<number>;
};

/** Bytes of each file: what was written, and what of it was synced for certain. */
export type Synced = Map<string, { written: number; synced: number }>;

/** Resolves when each write is followed. The server must be idle until then. */
export async function followDisk(redis: PrivateRedis): Promise<PoweredServer> {
  const dir = join(redis.dir, "appendonlydir");
  const trace = join(redis.dir, "strace.log");
  const files: Synced = new Map();
  for (const name of await readdir(dir)) {
    const { size } = await stat(join(dir, name));
    files.set(join(dir, name), { written: size, synced: size });
  }
  const words = ["-f", "-y", "-s", "0", "-e", "trace=write,fdatasync,fsync", "-o", trace];
  const strace = spawn(program("strace") ?? "", [...words, "-p", String(redis.pid)], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(strace, "close");
  await untilAttached(strace);
  const cutPower = async () => {
    await redis.kill("SIGKILL");
    await ended;
    readTrace(await readFile(trace, "utf8"), files);
    const cuts = [...files].filter(([, { written, synced }]) => synced < written);
    for (const [file, { synced }] of cuts) await truncate(file, synced);
    return cuts.reduce((sum, [, { written, synced }]) => sum + written - synced, 0);
  };
  return { cutPower };
}

/** Its first words say that it is attached, or why not. */
async function untilAttached(strace: ChildProcess): Promise<void> {
  const said: unknown[] = await Promise.race([once(strace.stderr ?? strace, "data"), once(strace, "error")]);
  if (!String(said[0]).includes(" attached")) throw new Error(String(said[0]));
}

/**
 * Reads strace's account into `files`. A sync makes safe what had been written when it began. A call that another thread
 * comes in between of takes two lines: `<unfinished ...>` and `<... resumed>`.
 */
export function readTrace(text: string, files: Synced): void {
  const open = new Map<string, { call: string; file: string; writtenBefore: number }>();
  for (const line of text.split("\n")) {
    const [, thread = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const begun = /^(write|fdatasync|fsync)\(\d+<([^>]*)>/.exec(rest);
    if (begun) {
      const [, call = "", file = ""] = begun;
      open.set(thread, { call, file, writtenBefore: files.get(file)?.written ?? 0 });
    }
    const result = /= (-?\d+)(?: \S.*)?$/.exec(rest)?.[1];
    const started = open.get(thread);
    if (result === undefined || started === undefined) continue;
    open.delete(thread);
    note(files, started, Number(result));
  }
}

function note(
  files: Synced,
  { call, file, writtenBefore }: { call: string; file: string; writtenBefore: number },
  result: number,
): void {
  const known = files.get(file);
  if (known === undefined || result < 0) return;
  if (call === "write") known.written += result;
  else known.synced = Math.max(known.synced, writtenBefore);
}
