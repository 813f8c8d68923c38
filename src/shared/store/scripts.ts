/** Loads the Lua scripts and runs them by their digest; the text itself travels only when Redis does not know it yet. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import type { z } from "zod";

import type { RedisClient } from "./redis.ts";

type Script = { text: string; sha: string };

const read = (name: string): string => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), "utf8");

function load(...names: string[]): Script {
  const text = ["prelude", ...names].map(read).join("\n");
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

const scripts = {
  read: load("read"),
  commit: load("commit"),
  begin: load("begin"),
  beat: load("beat"),
  adopt: load("adopt"),
  breaker: load("breaker"),
  claim: load("claim"),
  aside: load("aside"),
  page: load("page"),
  feed: load("feed"),
  enter: load("places", "enter"),
  admit: load("places", "admit"),
  leave: load("places", "leave"),
  muster: load("muster"),
};

type Word = string | number;

/** A Redis command as its words; the second is the key. */
export type Command = [name: string, key: string, ...words: Word[]];

/** Runs a script whose answer has the shape of `answer`. */
export async function runScript<T>(
  redis: RedisClient,
  name: keyof typeof scripts,
  keys: string[],
  words: Word[],
  answer: z.ZodType<T>,
): Promise<T> {
  return answer.parse(await evaluate(redis, scripts[name], keys, words));
}

async function evaluate(redis: RedisClient, { text, sha }: Script, keys: string[], words: Word[]) {
  try {
    return await redis.evalsha(sha, keys.length, ...keys, ...words);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return redis.eval(text, keys.length, ...keys, ...words);
  }
}

/** What must hold for a change to be written; `commit.lua` says what each means. The second word is the key. */
export type Condition =
  | [kind: "free", key: string]
  | [kind: "version", key: string, version: number]
  | [kind: "room", key: string, most: number]
  | [kind: "budget", key: string, amount: number, most: number]
  | [kind: "memory", key: string, percent: number]
  | [kind: "owner", key: string, field: string, id: string];

/** Commands or conditions as the scripts take them: a count, then for each its length and its words. */
export const listWords = (lists: (Command | Condition)[]): Word[] => [
  lists.length,
  ...lists.flatMap((list) => [list.length, ...list]),
];

/** The keys that they touch; a Redis Cluster wants them named. */
export const keysOfLists = (lists: (Command | Condition)[]): string[] => [
  ...new Set(lists.map((list) => list[1])),
];
