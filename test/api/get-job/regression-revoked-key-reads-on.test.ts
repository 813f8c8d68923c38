// A key was asked for when a stream was opened and never again, so one that was revoked read on for as long as the job went on.
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { createKeyStore } from "../../../src/api/keys/key-store.ts";
import { note } from "../../../src/shared/change.ts";
import { ACME, ADMIN } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { openEvents } from "../../support/event-stream.ts";
import type { EventStream } from "../../support/event-stream.ts";
import { startPrivateRedis } from "../../support/redis.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { makeJobIn } from "../support.ts";

/** How long a revoked key may read on. */
const GRACE_MS = 15_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
});

const storeOf = ({ ledger }: TestApi) => createKeyStore(ledger.redis, ledger.keys);
const has = (count: number) => (stream: EventStream) => stream.messages.length >= count;

/** A stream of a running job, of which three messages have come, read with a key that was made for it. */
async function openStream(changes: Record<string, string> = {}) {
  const api = await openWatchedApi(changes);
  const id = await makeJobIn(api, "processing");
  const { key, made } = await storeOf(api).createKey("acme", null);
  const stream = await openEvents(api.url, id, { key });
  await stream.until(has(3));
  return { api, id, key, made, stream };
}

const progress = ({ ledger }: TestApi, id: string) =>
  ledger.jobs.changeJob(id, (job) => note(job, { progress: 50 }, { kind: "progress", progress: 50 }));

test("revoked -> the stream ends within 15 s, without what happened since, and cannot be opened again", async () => {
  const { api, id, key, made, stream } = await openStream();
  await storeOf(api).revokeKey(made.id);
  vi.advanceTimersByTime(GRACE_MS);
  await progress(api, id);
  expect(await stream.ended).toBe(true);
  expect(stream.messages).toHaveLength(3);
  await eventually(() => expect(api.changes.count()).toEqual({ watches: 0, topics: 0 }));
  expect((await openEvents(api.url, id, { key })).status).toBe(401);
});

test("not revoked, or not to be revoked -> the stream goes on, each 15 s anew", async () => {
  const { api, id, stream } = await openStream();
  const others = [
    await openEvents(api.url, id, { key: ACME }),
    await openEvents(api.url, id, { key: ADMIN }),
  ];
  for (const count of [4, 5]) {
    vi.advanceTimersByTime(GRACE_MS);
    await progress(api, id);
    for (const each of [stream, ...others]) {
      await each.until(has(count));
      expect(each.hasEnded).toBe(false);
    }
  }
});

test("Redis is away in between -> the stream goes on; the key is revoked later -> it ends", async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.stop());
  const { api, id, made, stream } = await openStream({ REDIS_URL: redis.url });
  await redis.kill();
  vi.advanceTimersByTime(GRACE_MS);
  const { comments } = stream;
  await eventually(() => {
    api.changes.hintAll();
    expect(stream.comments).toBeGreaterThan(comments);
  });
  await redis.restart();
  await eventually(() => progress(api, id));
  await stream.until(has(4));
  await storeOf(api).revokeKey(made.id);
  vi.advanceTimersByTime(GRACE_MS);
  api.changes.hintAll();
  expect(await stream.ended).toBe(true);
});
