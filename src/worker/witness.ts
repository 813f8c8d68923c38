/**
 * The witness: how a worker knows that Redis remembers what was bought. It is a key that only this worker raises, with each
 * job that begins and with a beat about each second; the worker keeps the highest values that it was told, and buys only on a
 * server that says as much. One that says less was wiped, or is from the past: submissions are paused before anybody buys
 * there what was bought before.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { z } from "zod";

import type { Logger } from "../shared/logger.ts";
import { oneAtATime } from "../shared/one-at-a-time.ts";
import { auditCommand } from "../shared/store/audit.ts";
import { LONGEST_HOLD_MS } from "../shared/store/jobs.ts";
import type { Testimony } from "../shared/store/jobs.ts";
import { everyone } from "../shared/store/keys.ts";
import type { Keys } from "../shared/store/keys.ts";
import { MAX_ROUNDS, movesTooOften, stateCommand } from "../shared/store/record.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { keysOfLists, listWords, runScript } from "../shared/store/scripts.ts";
import type { Command } from "../shared/store/scripts.ts";
import { aboutSubmissions, pausedBy, readSwitch } from "../shared/store/submissions.ts";
import { judge, WITNESS_LIFE_MS } from "./epoch.ts";
import type { Judgement, Memory, Sighting } from "./epoch.ts";
import type { Loss } from "../shared/losses.ts";
import type { Loop } from "./stages.ts";

const BEAT_MS = 1000;
/** A worker that has lived through a restart of Redis vouches for it within this time. */
const VOUCH_MS = 3000;
const VOUCH_LOOK_MS = 200;

type Deps = {
  redis: RedisClient;
  keys: Keys;
  /** RESTORE_GAP_S; 0 trusts every server that a new worker finds. */
  restoreGapMs: number;
  log: Pick<Logger, "tell">;
};

export type Witness = ReturnType<typeof createWitness>;

export function createWitness(deps: Deps) {
  let memory: Memory | null = null;

  /** A paid request is about to leave that only a server which has seen `begun` of them knows of. */
  function remember({ witness }: Testimony, begun: number): void {
    if (memory?.witness === witness) memory.begun = Math.max(memory.begun, begun);
  }

  /** Beats on a server that is known; judges any other, and writes what follows. Rejects when Redis cannot be asked. */
  const look = oneAtATime(async (): Promise<void> => {
    const patientUntil = performance.now() + VOUCH_MS;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const known = memory;
      const seen = await sight(deps, known);
      if (known && seen.isKnown) return noteBeat(known, seen);
      const judgement = judge(known, seen, deps.restoreGapMs, Date.now());
      const mayBeVouchedFor = judgement.as === "forgot" && judgement.what === "restored";
      if (mayBeVouchedFor && performance.now() < patientUntil) await sleep(VOUCH_LOOK_MS);
      else memory = await adopt(deps, known, seen, judgement);
    }
    throw movesTooOften("epoch");
  });

  /** What the server must say, which is judged first if it has not been; null: nothing can be said of it. */
  async function testify(): Promise<Testimony | null> {
    if (!memory) await look();
    return memory && { ...memory };
  }

  /** Takes leave of the server: nobody will ask for the witness again. */
  async function leave(): Promise<void> {
    if (memory) await deps.redis.del(deps.keys.witness(memory.witness));
    memory = null;
  }

  return { testify, remember, look, leave };
}

function noteBeat(memory: Memory, { epoch, witness }: Sighting): void {
  memory.epoch = epoch?.id ?? memory.epoch;
  memory.beats = witness?.beats ?? memory.beats;
  memory.beatAt = Date.now();
}

/** Beats until it is closed. Whatever hinders a beat, the next one comes. */
export function startBeating({ look }: Pick<Witness, "look">): Loop {
  const stop = new AbortController();
  const running = (async () => {
    while (!stop.signal.aborted) {
      await look().catch(() => undefined);
      await sleep(BEAT_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  const close = () => {
    stop.abort();
    return running;
  };
  return { close, idle: () => Promise.resolve() };
}

const Flag = z.literal([0, 1]);
const Text = z.string().nullable();
const BeatAnswer = z.tuple([
  Flag,
  z.number(),
  z.string(),
  Text,
  Text,
  Text,
  Text,
  Text,
  Text,
  z.number(),
  z.number(),
]);

async function sight({ redis, keys }: Deps, memory: Memory | null): Promise<Sighting> {
  const indexOf = (status: "queued" | "submitting") => keys.jobsBy(everyone, "status", status);
  const scriptKeys = [
    keys.witness(memory?.witness ?? ""),
    keys.epoch,
    keys.jobs(everyone),
    indexOf("queued"),
    indexOf("submitting"),
  ];
  const words = [memory?.run ?? "", memory?.begun ?? 0, memory?.beats ?? 0, WITNESS_LIFE_MS];
  const answer = await runScript(redis, "beat", scriptKeys, words, BeatAnswer);
  const [isKnown, now, run, id, after, at, epochRun, begun, beats, jobs, buyable] = answer;
  return {
    isKnown: isKnown === 1,
    now,
    run,
    epoch: id === null ? null : { id, after, at: Number(at), run: epochRun ?? "" },
    witness: begun === null ? null : { begun: Number(begun), beats: Number(beats) },
    jobs,
    buyable,
  };
}

/** Writes what was judged, if nothing has moved since, and tells of it. Returns what this worker goes by from then on. */
async function adopt(
  { redis, keys, log }: Deps,
  memory: Memory | null,
  seen: Sighting,
  judgement: Judgement,
): Promise<Memory | null> {
  const turns = judgement.as === "forgot" && judgement.mustPause;
  const { record, now } = await readSwitch(redis, keys);
  const known = judgement.as === "remembers" ? memory : null;
  const next: Memory = {
    epoch: turns || !seen.epoch ? randomUUID() : seen.epoch.id,
    witness: known?.witness ?? randomUUID(),
    run: seen.run,
    begun: known?.begun ?? 0,
    beats: known?.beats ?? 0,
    beatAt: known?.beatAt ?? Date.now(),
  };
  const commands = [epochCommand(keys, seen, next, turns ? (memory?.epoch ?? seen.epoch?.id ?? "") : null)];
  if (!known) commands.push(...witnessCommands(keys, next));
  const reason = turns ? reasonOf(judgement.what, seen) : "";
  const paused = turns ? pausedBy(record, "onetake", reason, now()) : null;
  if (paused) {
    const after = { ...paused, version: record.version + 1 };
    const deed = { action: "submissions.pause", by: "onetake", ...aboutSubmissions, reason };
    commands.push(stateCommand(keys.submissions, after), auditCommand(keys, deed));
  }
  const scriptKeys = [...new Set([keys.epoch, keys.submissions, ...keysOfLists(commands)])];
  const words = [seen.run, seen.epoch?.id ?? "", seen.epoch?.at ?? "", next.epoch, record.version];
  words.push(...listWords(commands));
  const isWritten = await runScript(redis, "adopt", scriptKeys, words, z.number());
  if (isWritten !== 1) return memory;
  tell(log, judgement, seen);
  return next;
}

/** `after`: the epoch that ends with this one's beginning; null: none does. */
function epochCommand(keys: Keys, seen: Sighting, { epoch, run }: Memory, after: string | null): Command {
  const command: Command = ["HSET", keys.epoch, "id", epoch, "run", run, "at", seen.now];
  if (after !== null) command.push("after", after);
  const tookOver = seen.epoch !== null && seen.epoch.run !== seen.run;
  if (tookOver) command.push("heldUntil", seen.now + LONGEST_HOLD_MS);
  return command;
}

const witnessCommands = (keys: Keys, { witness }: Memory): Command[] => [
  ["HSET", keys.witness(witness), "begun", 0, "beats", 0],
  ["PEXPIRE", keys.witness(witness), WITNESS_LIFE_MS],
];

function reasonOf(what: Loss, { epoch }: Sighting): string {
  if (what !== "restored") {
    return (
      `Redis has forgotten what it knew (${what}): what is queued may be bought already. ` +
      "Do as docs/operate.md says under Backup and restore, then resume."
    );
  }
  const since = new Date(epoch?.at ?? 0).toISOString();
  return (
    `Redis has been restarted, and no worker has lived since ${since}: if it was restored from a backup, what is queued may ` +
    "be bought already: do as docs/operate.md says under Backup and restore. If it was not, resume."
  );
}

function tell(log: Deps["log"], judgement: Judgement, { jobs }: Sighting): void {
  switch (judgement.as) {
    case "remembers":
    case "joins":
      return;
    case "first_used":
      return log.tell("redis.first_used", { jobs });
    case "restarted":
      return log.tell("redis.restarted", {});
    case "forgot":
      return log.tell("redis.forgot", { what: judgement.what, paused: judgement.mustPause });
  }
}
