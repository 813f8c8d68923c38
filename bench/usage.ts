// What a run has used: Redis' own counts, and processor time.
import type { Redis } from "ioredis";
import { cpuMs } from "./process.ts";
import type { Side } from "./side.ts";

export type Usage = {
  /** Runs of EVAL and EVALSHA. */
  scripts: number;
  /** All commands, those inside of scripts too. */
  commands: number;
  bytes: number;
  memory: number;
  apiMs: number;
  workerMs: number;
  redisMs: number;
  /** Of this process: the stand-in's and the load's. */
  ownMs: number;
};

export async function readUsage({ redis, api, worker }: Side): Promise<Usage> {
  const info = await readInfo(redis);
  const { user, system } = process.cpuUsage();
  return {
    scripts: callsOf(info, "eval") + callsOf(info, "evalsha"),
    commands: numberOf(info, "total_commands_processed"),
    bytes: numberOf(info, "total_net_input_bytes") + numberOf(info, "total_net_output_bytes"),
    memory: numberOf(info, "used_memory"),
    apiMs: cpuMs(api.pid),
    workerMs: worker ? cpuMs(worker.pid) : 0,
    redisMs: (numberOf(info, "used_cpu_user") + numberOf(info, "used_cpu_sys")) * 1000,
    ownMs: (user + system) / 1000,
  };
}

/** What was used between two readings, for each of `count`. */
export function usedFor(before: Usage, after: Usage, count: number): Usage {
  const each = (name: keyof Usage) => (after[name] - before[name]) / count;
  return {
    scripts: each("scripts"),
    commands: each("commands"),
    bytes: each("bytes"),
    memory: each("memory"),
    apiMs: each("apiMs"),
    workerMs: each("workerMs"),
    redisMs: each("redisMs"),
    ownMs: each("ownMs"),
  };
}

type Info = Map<string, string>;

async function readInfo(redis: Redis): Promise<Info> {
  const text = await redis.info("all");
  return new Map(
    text.split(/\r?\n/).map((line) => [line.split(":")[0] ?? "", line.slice(line.indexOf(":") + 1)]),
  );
}

const numberOf = (info: Info, name: string): number => Number(info.get(name) ?? Number.NaN);

const callsOf = (info: Info, command: string): number =>
  Number(/^calls=(\d+)/.exec(info.get(`cmdstat_${command}`) ?? "")?.[1] ?? 0);

export const readRedisVersion = async (redis: Redis): Promise<string> =>
  (await readInfo(redis)).get("redis_version") ?? "unknown";
