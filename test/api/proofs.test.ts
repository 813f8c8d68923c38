// Proofs in rounds, with the proof itself in the test's hands.
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { createProofs } from "../../src/api/proofs.ts";
import type { Proof, Prove } from "../../src/shared/store/durability.ts";
import { eventually } from "../support/eventually.ts";
import { connectTestRedis } from "../support/ledger.ts";
import { openLogBook } from "../support/log-book.ts";
import { redisUrl } from "../support/redis.ts";

type Round = { confirm: (isConfirmed: boolean) => void; fail: (error: Error) => void };

/** Proofs whose rounds the test ends; a look is taken once its round's confirmation is there, as the real one does. */
function openProofs() {
  const rounds: Round[] = [];
  const logs = openLogBook("api");
  const redis = connectTestRedis(redisUrl(), logs.log);
  const prove: Prove = async <T>(server: typeof redis, look: (server: typeof redis) => Promise<T>) => {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    rounds.push({ confirm: resolve, fail: reject });
    const proof: Proof<T> = { isConfirmed: await promise, found: await look(server) };
    return proof;
  };
  const proofs = createProofs(redis, prove, logs.log);
  onTestFinished(() => proofs.close());
  const roundAt = (n: number) =>
    eventually(() => {
      const round = rounds[n];
      if (!round) throw new Error(`round ${n} has not begun`);
      return round;
    });
  return { proofs, rounds, roundAt, logs };
}

const found = async () => true;
const missing = async () => false;

describe("rounds", () => {
  test("100 requests at once -> the first has a round of its own, the others share the next", async () => {
    const { proofs, rounds, roundAt } = openProofs();
    const asked = Array.from({ length: 100 }, () => proofs.isProven(found));
    (await roundAt(0)).confirm(true);
    (await roundAt(1)).confirm(true);
    expect(await Promise.all(asked)).toEqual(asked.map(() => true));
    expect(rounds).toHaveLength(2);
  });

  test("one that comes while a round waits -> is not proven by that round, but by the next", async () => {
    const { proofs, roundAt } = openProofs();
    const first = proofs.isProven(found);
    const round = await roundAt(0);
    const look = vi.fn<typeof found>(found);
    const second = proofs.isProven(look);
    round.confirm(true);
    expect(await first).toBe(true);
    const next = await roundAt(1);
    expect(look).not.toHaveBeenCalled();
    next.confirm(true);
    expect(await second).toBe(true);
    expect(look).toHaveBeenCalledOnce();
  });

  test("the server does not know of one of them -> that one is not proven, the others are", async () => {
    const { proofs, roundAt } = openProofs();
    const first = proofs.isProven(found);
    const shared = [proofs.isProven(found), proofs.isProven(missing), proofs.isProven(found)];
    (await roundAt(0)).confirm(true);
    (await roundAt(1)).confirm(true);
    expect(await first).toBe(true);
    expect(await Promise.all(shared)).toEqual([true, false, true]);
    expect(proofs.isWorking()).toBe(true);
  });

  test("a look fails -> its request fails, the others are proven", async () => {
    const { proofs, roundAt } = openProofs();
    const first = proofs.isProven(found);
    const broken = proofs.isProven(async () => Promise.reject(new Error("corrupt")));
    const other = proofs.isProven(found);
    (await roundAt(0)).confirm(true);
    (await roundAt(1)).confirm(true);
    await expect(broken).rejects.toThrow("corrupt");
    expect(await Promise.all([first, other])).toEqual([true, true]);
  });

  test("a round takes longer than a request waits -> not proven, in time", async () => {
    const { proofs, roundAt } = openProofs();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const asked = proofs.isProven(found);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await asked).toBe(false);
    vi.useRealTimers();
    (await roundAt(0)).confirm(true);
    const next = proofs.isProven(found);
    (await roundAt(1)).confirm(true);
    expect(await next).toBe(true);
  });
});

describe("rounds that fail", () => {
  test.each<[string, (round: Round) => void]>([
    ["not confirmed, though found", (round) => round.confirm(false)],
    ["the connection is lost in the middle", (round) => round.fail(new Error("Connection is closed."))],
  ])("%s -> nobody in it is proven, and new requests are told so beforehand", async (_, end) => {
    const { proofs, roundAt, logs } = openProofs();
    const first = proofs.isProven(found);
    const others = [proofs.isProven(found), proofs.isProven(found)];
    end(await roundAt(0));
    end(await roundAt(1));
    expect(await Promise.all([first, ...others])).toEqual([false, false, false]);
    expect(proofs.isWorking()).toBe(false);
    expect(logs.named("intake.closed")).toMatchObject([{ level: "error", act: expect.any(String) }]);
  });

  test("and one without requests succeeds later -> they are told nothing any more", async () => {
    const { proofs, roundAt, logs } = openProofs();
    const asked = proofs.isProven(found);
    (await roundAt(0)).confirm(false);
    expect(await asked).toBe(false);
    (await roundAt(1)).confirm(false);
    (await roundAt(2)).confirm(true);
    await eventually(() => expect(proofs.isWorking()).toBe(true));
    expect(logs.named("intake.closed")).toHaveLength(1);
    expect(logs.named("intake.open")).toHaveLength(1);
  });
});
