import { describe, expect, test } from "vitest";

import { readAuditLog } from "../../../src/api/lists/audit-log.ts";
import { createKeyStore } from "../../../src/api/keys/key-store.ts";
import { openTestLedger } from "../../support/ledger.ts";

function openStore() {
  const { redis, keys } = openTestLedger();
  const audit = async () => (await readAuditLog(redis, keys, { limit: 100 })).lines;
  return { ...createKeyStore(redis, keys), redis, keys, audit };
}

describe("making", () => {
  test("a key -> found by itself only, listed without it, on record in the audit log", async () => {
    const store = openStore();
    expect(await store.hasKeys()).toBe(false);
    const { key, made } = await store.createKey("acme", "backend");
    expect(made).toMatchObject({ tenant: "acme", name: "backend", status: "active", revokedAt: null });
    expect(made.id).toMatch(/^key_[0-9A-HJKMNP-TV-Z]{26}$/);
    expect(await store.findKey(key)).toEqual(made);
    expect(await store.findKey(`${key}x`)).toBeNull();
    expect(await store.listKeys()).toEqual([made]);
    expect(JSON.stringify(made)).not.toContain(key.slice(4, 24));
    expect(await store.hasKeys()).toBe(true);
    expect(await store.audit()).toMatchObject([
      { action: "key.create", by: "operator (npm run keys)", tenant: "acme", subject: made.id },
    ]);
  });

  test("several at once -> all listed, oldest first", async () => {
    const store = openStore();
    const made = await Promise.all(Array.from({ length: 20 }, (_, n) => store.createKey("acme", `key ${n}`)));
    const found = await store.listKeys();
    expect(found.map(({ id }) => id).sort()).toEqual(made.map((each) => each.made.id).sort());
    const times = found.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test("times -> Redis' clock", async () => {
    const store = openStore();
    const [seconds] = await store.redis.time();
    const { made } = await store.createKey("acme", null);
    expect(Math.abs(made.createdAt - Number(seconds) * 1000)).toBeLessThan(2000);
  });
});

describe("revoking", () => {
  test("a key -> found no more, listed still, on record; the others are left alone", async () => {
    const store = openStore();
    const [first, second] = [await store.createKey("acme", null), await store.createKey("acme", null)];
    const revoked = await store.revokeKey(first.made.id);
    expect(revoked).toMatchObject({ wasRevoked: false, key: { id: first.made.id, status: "revoked" } });
    expect(revoked?.key.revokedAt).toBeGreaterThanOrEqual(first.made.createdAt);
    expect(await store.findKey(first.key)).toBeNull();
    expect(await store.findKey(second.key)).toEqual(second.made);
    const listed = await store.listKeys();
    expect(listed).toHaveLength(2);
    expect(listed).toEqual(expect.arrayContaining([revoked?.key, second.made]));
    expect((await store.audit())[0]).toMatchObject({ action: "key.revoke", subject: first.made.id });
  });

  test("twenty times at once -> once: one time, one audit entry", async () => {
    const store = openStore();
    const { made } = await store.createKey("acme", null);
    const answers = await Promise.all(Array.from({ length: 20 }, () => store.revokeKey(made.id)));
    expect(answers.filter((each) => each?.wasRevoked === false)).toHaveLength(1);
    expect(new Set(answers.map((each) => each?.key.revokedAt)).size).toBe(1);
    expect((await store.audit()).filter(({ action }) => action === "key.revoke")).toHaveLength(1);
  });

  test("an id that nobody has -> null", async () => {
    expect(await openStore().revokeKey("key_01K9Z4Q6W8D2V5T1R3N7M0X4YB")).toBeNull();
  });
});
