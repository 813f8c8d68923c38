import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findRedisServer } from "../../../tools/redis.ts";
import { program } from "../../support/program.ts";
import { type PrivateRedis, startPrivateRedis } from "../../support/redis.ts";
import { type OnEnd, withTest } from "./on-end.ts";

/** Sets what a running process may use; null where it cannot be had. */
export const prlimit = program("prlimit");

export type FullDisk = {
  redis: PrivateRedis;
  /** From now on its append-only file may grow by so many bytes: then a write fails, as it does on a disk that is full. */
  fillUp: (bytes: number) => Promise<void>;
  /** There is room again. */
  freeUp: () => Promise<void>;
};

const run = promisify(execFile);

/** A Redis that syncs each second, whose disk can be full. (One that syncs always ends itself when it cannot write.) */
export async function startRedisOnFullDisk(onEnd: OnEnd = withTest): Promise<FullDisk> {
  const server = await findRedisServer();
  if (server.kind !== "process") throw new Error("a limit can be set for a process only");
  const dir = await mkdtemp(join(tmpdir(), "onetake-full-disk-"));
  const command = join(dir, "redis-server");
  // A file that may not grow ends its writer by a signal, unless that is ignored: then the write fails.
  await writeFile(command, `#!/bin/sh\ntrap '' XFSZ\nexec "${server.command}" "$@"\n`);
  await chmod(command, 0o755);
  const redis = await startPrivateRedis({ appendfsync: "everysec", server: { ...server, command } });
  onEnd(async () => {
    await redis.stop();
    await rm(dir, { recursive: true, force: true });
  });
  const limit = (most: string) => run(prlimit ?? "prlimit", ["--pid", String(redis.pid), `--fsize=${most}:`]);
  return {
    redis,
    fillUp: async (bytes) => void (await limit(String((await largestFile(redis.dir)) + bytes))),
    freeUp: async () => void (await limit("unlimited")),
  };
}

async function largestFile(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  );
  return Math.max(0, ...sizes);
}
