/** A connection to Redis as the product sees it, whose every command waits at a door. */
import { readdirSync, readFileSync } from "node:fs";

import type { RedisClient } from "../../src/shared/store/redis.ts";
import type { Doors } from "./doors.ts";

const FOLDER = new URL("../../src/shared/store/lua/", import.meta.url);

/** A script is known by its own text, which follows the prelude that all share. */
const names = new Map(
  readdirSync(FOLDER).map((file) => [readFileSync(new URL(file, FOLDER), "utf8"), file.replace(".lua", "")]),
);

function nameOf(text: string): string {
  const found = [...names].find(([own]) => text.endsWith(own));
  if (!found) throw new Error("A script that is none of the product's.");
  return found[1];
}

const unknownScript = new Error("NOSCRIPT No matching script.");

type Words = (string | number)[];

/** A server that has just been started knows no script, so the whole text comes to the door each time. */
function scriptsOf(doors: Doors) {
  return {
    evalsha: () => Promise.reject(unknownScript),
    eval: (text: string, count: number, ...rest: Words) => {
      const all = rest.map(String);
      const [keys, words] = [all.slice(0, count), all.slice(count)];
      return doors.ask({ door: "script", name: nameOf(text), text, keys, words });
    },
  };
}

export function redisDoor(doors: Doors): RedisClient {
  const scripts = scriptsOf(doors);
  const connection = new Proxy(scripts, {
    get: (own, name) => {
      if (name === "evalsha" || name === "eval") return own[name];
      return (...words: Words) => doors.ask({ door: "command", words: [String(name), ...words.map(String)] });
    },
  });
  return asClient(connection);
}

/** Holds for what the stages use of a connection: commands by their names, which answer with a promise. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const asClient = (connection: object): RedisClient => connection as unknown as RedisClient;
