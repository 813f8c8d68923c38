/** The command line of the keys: what it takes, and its exit codes, which are those of `sysexits.h`. */
import { parseArgs } from "node:util";

import { loadStoreConfig } from "../../shared/config.ts";
import type { StoreConfig } from "../../shared/config.ts";
import { exitOnFault, orExit } from "../../shared/lifecycle.ts";
import { within } from "../../shared/within.ts";
import { createLogger } from "../../shared/logger.ts";
import { makeKeys } from "../../shared/store/keys.ts";
import { checkRedis } from "../../shared/store/redis-check.ts";
import { closeRedis, connectRedis, isConnected, isUnavailable } from "../../shared/store/redis.ts";
import type { RedisClient } from "../../shared/store/redis.ts";
import { looksMade } from "./api-key.ts";
import { sealerOf } from "../../shared/webhook/seal.ts";
import { createKeyStore } from "./key-store.ts";
import { create, fail, list, resealAll, revoke } from "./tasks.ts";
import type { Task } from "./tasks.ts";

const USAGE = `usage:
  npm run keys -- create <tenant> [--name <text>]   makes a key and shows it, this once
  npm run keys -- list [--json]                     shows what keys were made, never the keys themselves
  npm run keys -- revoke <id>                       shuts a key out, at once and for good
  npm run keys -- reencrypt                         seals the secrets of webhook endpoints with the first ENCRYPTION_KEY

REDIS_URL and KEY_PREFIX say which installation is meant. To replace ENCRYPTION_KEY, give all processes \`new,old\`, run
reencrypt with the same, and then take the old one away.`;

const EXIT_USAGE = 64;
const EXIT_UNAVAILABLE = 69;

/** How long Redis may take to let us in. */
const CONTACT_MS = 3000;
const LONGEST_NAME = 100;

/** Runs one command. Returns the exit code; a fault of the configuration ends the process with 78. */
export async function runKeys(args: string[]): Promise<number> {
  if (args.some((word) => /^(help|--help|-h)$/.test(word))) return help();
  const task = readTask(args);
  if (typeof task === "string") return fail(`${task}\n\n${USAGE}`, EXIT_USAGE);
  const config = orExit(() => loadStoreConfig());
  // Standard output carries what was asked for and nothing else.
  const log = createLogger("api", "silent");
  const redis = connectRedis(config.REDIS_URL, "producer", log);
  try {
    return await perform(redis, config, task);
  } catch (error) {
    if (!(error instanceof Error) || !isUnavailable(error)) return exitOnFault(error);
    return fail(`Redis did not answer (${error.message}): list shows what was done.`, EXIT_UNAVAILABLE);
  } finally {
    await closeRedis(redis);
  }
}

async function perform(redis: RedisClient, config: StoreConfig, task: Task): Promise<number> {
  const obstacle = await reach(redis);
  if (obstacle !== null) {
    return fail(`Redis cannot be reached (${obstacle}): check REDIS_URL.`, EXIT_UNAVAILABLE);
  }
  const keys = makeKeys(config.KEY_PREFIX);
  await checkRedis(redis, keys.proof);
  const sealer = sealerOf(config.ENCRYPTION_KEY);
  return task(createKeyStore(redis, keys), { redis, keys, sealer });
}

/** Waits for the connection; says what stands in its way, or null. */
async function reach(redis: RedisClient): Promise<string | null> {
  let last = "no answer";
  redis.on("error", (error: Error) => {
    last = error.message;
  });
  const ready = new Promise<void>((resolve) => {
    if (isConnected(redis)) resolve();
    else redis.once("ready", resolve);
  });
  return (await within(CONTACT_MS, ready)) ? null : last;
}

function help(): number {
  process.stdout.write(`${USAGE}\n`);
  return 0;
}

/** The task that the words ask for, or what is wrong with them. */
function readTask(args: string[]): Task | string {
  const words = readWords(args);
  if (typeof words === "string") return words;
  const [command, subject, tooMuch] = words.positionals;
  const { name, json } = words.values;
  if (tooMuch !== undefined) return "These are too many words.";
  if (json && command !== "list") return "--json belongs to list.";
  if (name !== undefined && command !== "create") return "--name belongs to create.";
  switch (command) {
    case "create":
      return readCreate(subject, name);
    case "list":
      return subject === undefined ? (store) => list(store, json ?? false) : "These are too many words.";
    case "revoke":
      return readRevoke(subject);
    case "reencrypt":
      return subject === undefined
        ? (_store, installation) => resealAll(installation)
        : "These are too many words.";
    case undefined:
      return "Say what to do.";
    default:
      return "There is no such command.";
  }
}

function readWords(args: string[]) {
  try {
    const options = { name: { type: "string" }, json: { type: "boolean" } } as const;
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    const [sentence = ""] = String(error instanceof Error ? error.message : error).split(". ");
    return `${sentence}.`;
  }
}

function readCreate(tenant: string | undefined, name: string | undefined): Task | string {
  if (tenant === undefined) return "Name the tenant that the key is for.";
  if (!/^[a-z0-9-]{1,40}$/.test(tenant)) return "A tenant's name has 1 to 40 of a-z 0-9 -.";
  // It is shown on terminals, which some characters command.
  if (name !== undefined && (name.length > LONGEST_NAME || !/^\P{C}+$/u.test(name))) {
    return `A key's name has 1 to ${LONGEST_NAME} printable characters.`;
  }
  return (store) => create(store, tenant, name ?? null);
}

function readRevoke(id: string | undefined): Task | string {
  if (id === undefined) return "Name the id of the key, as list shows it.";
  if (looksMade(id)) return "That is a key. Name its id, as list shows it.";
  return (store) => revoke(store, id);
}
