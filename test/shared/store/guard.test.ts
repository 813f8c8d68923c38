// What stands between a late or second decision and a record: each guard of commit.lua on its own.
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { commitRecord } from "../../../src/shared/store/record.ts";
import type { Guard } from "../../../src/shared/store/record.ts";
import type { Command, Condition } from "../../../src/shared/store/scripts.ts";
import { openTestLedger } from "../../support/ledger.ts";
import type { TestLedger } from "../../support/ledger.ts";
import { startPrivateRedis } from "../../support/redis.ts";

/** A record at version 3 in the status `processing`, and a change of it that the guard lets through. */
async function setUp() {
  const ledger = openTestLedger();
  const key = ledger.keys.job("job_1");
  const other = ledger.keys.history("job_1");
  await ledger.redis.hset(key, { status: "processing", version: "3", state: "{}" });
  const guard: Guard = { key, version: 3, sources: ["submitting", "processing"] };
  const write = (patch: Partial<Guard> = {}, also: Command[] = []) =>
    commitRecord(ledger.redis, { ...guard, ...patch }, [
      ["HSET", key, "status", "succeeded", "version", 4],
      ["SET", other, "written"],
      ...also,
    ]);
  return { ledger, key, other, write };
}

const untouched = async (ledger: TestLedger, key: string, other: string) => {
  expect(await ledger.redis.hgetall(key)).toEqual({ status: "processing", version: "3", state: "{}" });
  expect(await ledger.redis.exists(other)).toBe(0);
};

describe("a guarded write", () => {
  test("the version as read and an allowed status -> every command has run", async () => {
    const { ledger, key, other, write } = await setUp();
    expect(await write()).toEqual({ as: "written" });
    expect(await ledger.redis.hgetall(key)).toMatchObject({ status: "succeeded", version: "4", state: "{}" });
    expect(await ledger.redis.get(other)).toBe("written");
  });

  test("version guard: an allowed status, but somebody wrote in between -> stale, and no command has run", async () => {
    const { ledger, key, other, write } = await setUp();
    expect(await write({ version: 2 })).toEqual({ as: "stale" });
    await untouched(ledger, key, other);
  });

  test("source guard: the version as read, but a status that the move does not leave -> stale, and no command has run", async () => {
    const { ledger, key, other, write } = await setUp();
    expect(await write({ sources: ["queued"] })).toEqual({ as: "stale" });
    await untouched(ledger, key, other);
  });

  test("source guard: a status that is only a part of an allowed one -> stale", async () => {
    const { ledger, key, other, write } = await setUp();
    expect(await write({ sources: ["preprocessing", "processing-late"] })).toEqual({ as: "stale" });
    await untouched(ledger, key, other);
  });

  test("the record has gone since it was read -> stale, and it does not come back", async () => {
    const { ledger, key, other, write } = await setUp();
    await ledger.redis.del(key);
    expect(await write()).toEqual({ as: "stale" });
    expect(await ledger.redis.exists(key, other)).toBe(0);
  });

  test("a version of which the present one is a prefix -> stale", async () => {
    const { ledger, key, other, write } = await setUp();
    expect(await write({ version: 30 })).toEqual({ as: "stale" });
    await untouched(ledger, key, other);
  });

  test("words with spaces, line breaks, commas, nothing at all and beyond ASCII -> written as they are", async () => {
    const { ledger, key } = await setUp();
    const words = ["a b", "c\nd", "e,f", "", "ü 猫 \u{1f408}", "7"];
    const guard: Guard = { key, version: 3, sources: ["processing"] };
    await commitRecord(ledger.redis, guard, [["RPUSH", ledger.keys.outbox("job_1"), ...words]]);
    expect(await ledger.redis.lrange(ledger.keys.outbox("job_1"), 0, -1)).toEqual(words);
  });
});

const creation = (ledger: TestLedger, by: string) => {
  const key = ledger.keys.job("job_2");
  return commitRecord(ledger.redis, { key, version: 0, sources: [] }, [
    ["HSET", key, "version", 1, "status", "queued", "state", by],
  ]);
};

describe("a creation", () => {
  test("done twice -> the second is stale and the first one's record stands", async () => {
    const ledger = openTestLedger();
    expect(await creation(ledger, "first")).toEqual({ as: "written" });
    expect(await creation(ledger, "second")).toEqual({ as: "stale" });
    expect(await ledger.redis.hget(ledger.keys.job("job_2"), "state")).toBe("first");
  });

  test("20 at once on two connections -> exactly one is written", async () => {
    const [one, two] = twoLedgers();
    const all = Array.from({ length: 20 }, (_, n) => creation(n % 2 ? one : two, `writer ${n}`));
    const written = (await Promise.all(all)).filter(({ as }) => as === "written");
    expect(written).toHaveLength(1);
  });
});

/** What binds a key in a write: the condition that it is free, and the command. */
function bind(ledger: TestLedger, value: string) {
  const key = ledger.keys.idempotency("acme", "digest");
  const conditions: Condition[] = [["free", key]];
  const commands: Command[] = [["SET", key, value]];
  return { key, conditions, commands };
}

describe("an Idempotency-Key", () => {
  test("free -> it is bound in the same write", async () => {
    const { ledger, write } = await setUp();
    const { key, conditions, commands } = bind(ledger, "job_1 print");
    expect(await write({ conditions }, commands)).toEqual({ as: "written" });
    expect(await ledger.redis.get(key)).toBe("job_1 print");
  });

  test("bound already -> its value is handed back, and neither the record nor the binding has changed", async () => {
    const { ledger, key, other, write } = await setUp();
    const { key: held, conditions, commands } = bind(ledger, "job_1 print");
    await ledger.redis.set(held, "job_0 other");
    expect(await write({ conditions }, commands)).toEqual({ as: "free", found: "job_0 other" });
    await untouched(ledger, key, other);
    expect(await ledger.redis.get(held)).toBe("job_0 other");
  });

  test("the write is refused -> the key stays free", async () => {
    const { ledger, write } = await setUp();
    const { key, conditions, commands } = bind(ledger, "job_1 print");
    expect(await write({ version: 2, conditions }, commands)).toEqual({ as: "stale" });
    expect(await ledger.redis.exists(key)).toBe(0);
  });

  test("50 creations at once under one key -> one is written and 49 find it", async () => {
    const [one, two] = twoLedgers();
    const createOne = async (n: number) => {
      const { redis, keys } = n % 2 ? one : two;
      const key = keys.job(`job_${n}`);
      const { conditions, commands } = bind(one, `job_${n} print`);
      const create: Command = ["HSET", key, "version", 1, "status", "queued", "state", "{}"];
      return commitRecord(redis, { key, version: 0, sources: [], conditions }, [create, ...commands]);
    };
    const results = await Promise.all(Array.from({ length: 50 }, (_, n) => createOne(n)));
    const winner = results.findIndex(({ as }) => as === "written");
    const others = results.filter((_, n) => n !== winner);
    expect(others).toHaveLength(49);
    expect(others.every((result) => result.as === "free" && result.found === `job_${winner} print`)).toBe(
      true,
    );
    const records = await Promise.all(results.map((_, n) => one.redis.exists(one.keys.job(`job_${n}`))));
    expect(records.reduce((sum, found) => sum + found, 0)).toBe(1);
  });
});

/** A Redis of the test's own, with a record in the status `queued`. */
async function setUpAlone() {
  const own = await startPrivateRedis({ appendonly: false });
  onTestFinished(() => own.stop());
  const { redis, keys } = openTestLedger({ url: own.url });
  const key = keys.job("job_3");
  await commitRecord(redis, { key, version: 0, sources: [] }, [
    ["HSET", key, "version", 1, "status", "queued", "n", 1],
  ]);
  const write = () =>
    commitRecord(redis, { key, version: 1, sources: ["queued"] }, [
      ["HSET", key, "version", 2],
      ["HINCRBY", key, "n", 1],
      ["ZADD", keys.due, 1, "job_3"],
    ]);
  return { redis, keys, key, write };
}

/** The next script's answer is lost, and the very same words are sent again. */
function loseAnswer({ redis }: TestLedger): void {
  const send = redis.evalsha.bind(redis);
  vi.spyOn(redis, "evalsha").mockImplementationOnce(async (...words) => {
    await send(...words);
    return send(...words);
  });
}

describe("a write that a new connection sends a second time, its first answer being lost", () => {
  test("a change -> it is known for the same, and its commands have run once", async () => {
    const { ledger, key } = await setUp();
    loseAnswer(ledger);
    const guard: Guard = { key, version: 3, sources: ["processing"] };
    const commands: Command[] = [
      ["HSET", key, "version", 4],
      ["HINCRBY", key, "n", 1],
    ];
    expect(await commitRecord(ledger.redis, guard, commands)).toEqual({ as: "written" });
    expect(await ledger.redis.hmget(key, "version", "n")).toEqual(["4", "1"]);
  });

  test("a creation with an Idempotency-Key -> it is known for the same, not taken for another request", async () => {
    const ledger = openTestLedger();
    loseAnswer(ledger);
    const { conditions, commands } = bind(ledger, "job_2 print");
    const guard: Guard = { key: ledger.keys.job("job_2"), version: 0, sources: [], conditions };
    const create: Command = ["HSET", guard.key, "version", 1, "status", "queued"];
    expect(await commitRecord(ledger.redis, guard, [create, ...commands])).toEqual({ as: "written" });
  });

  test("somebody has moved the record in between -> stale", async () => {
    const { ledger, key } = await setUp();
    const send = ledger.redis.evalsha.bind(ledger.redis);
    const guard: Guard = { key, version: 3, sources: ["processing"] };
    vi.spyOn(ledger.redis, "evalsha").mockImplementationOnce(async (...words) => {
      await send(...words);
      await commitRecord(ledger.redis, { ...guard, version: 4 }, [["HSET", key, "version", 5]]);
      return send(...words);
    });
    expect(await commitRecord(ledger.redis, guard, [["HSET", key, "version", 4]])).toEqual({ as: "stale" });
    expect(await ledger.redis.hget(key, "version")).toBe("5");
  });
});

describe("a server in trouble", () => {
  test("it has forgotten its scripts -> the text is sent and the write happens once", async () => {
    const { redis, key, write } = await setUpAlone();
    await redis.script("FLUSH");
    expect(await write()).toEqual({ as: "written" });
    expect(await redis.hget(key, "n")).toBe("2");
  });

  test("it is out of memory -> a record that exists is written all the same: it may be paid for", async () => {
    const { redis, keys, key, write } = await setUpAlone();
    await redis.config("SET", "maxmemory", "1");
    await expect(redis.set(`${key}:other`, "1")).rejects.toThrow("OOM");
    expect(await write()).toEqual({ as: "written" });
    expect(await redis.hget(key, "n")).toBe("2");
    expect(await redis.exists(keys.due)).toBe(1);
  });
});

function twoLedgers(): [TestLedger, TestLedger] {
  const one = openTestLedger();
  return [one, openTestLedger({ prefix: one.prefix })];
}
