// Free of the test runner, so that harnesses can use it too.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RedisOptions, type RunningRedis, startRedis } from "../../tools/redis.ts";

/** A Redis of one test's own, to be killed and brought back. */
export type PrivateRedis = {
  readonly url: string;
  readonly port: number;
  /** Its data; gone once it is stopped. */
  readonly dir: string;
  /** Of the present process: another one after each restart. */
  readonly pid: number;
  /** `SIGKILL` is a crash; resolves when the process has ended (at once for SIGSTOP and SIGCONT). */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port with the data it had, ending it first if it still runs. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
};

/** Append-only file on, in a folder of its own; `appendfsync` is "always" unless told otherwise. */
export async function startPrivateRedis(
  options: Partial<Omit<RedisOptions, "dir">> = {},
): Promise<PrivateRedis> {
  const dir = await mkdtemp(join(tmpdir(), "onetake-private-redis-"));
  const settings: RedisOptions = { dir, appendonly: true, appendfsync: "always", ...options };
  let redis: RunningRedis = await startRedis(settings);
  const { url, port } = redis;
  return {
    url,
    port,
    dir,
    get pid() {
      return redis.pid;
    },
    kill: (signal = "SIGKILL") => redis.kill(signal),
    restart: async () => {
      await redis.stop();
      redis = await startRedis({ ...settings, port });
    },
    stop: async () => {
      await redis.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
