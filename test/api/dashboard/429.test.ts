// Guesses at the operator's key, by address.
import { describe, expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { BOARD, queuesOf, signIn, tryKey, visit, WRONG } from "./support.ts";

const failTimes = async (api: TestApi, times: number): Promise<number[]> => {
  const statuses: number[] = [];
  for (let n = 0; n < times; n++) statuses.push((await tryKey(api, `${WRONG}${n}`)).status);
  return statuses;
};

describe("ten failed logins from an address in a minute", () => {
  test("the next one -> 429 with Retry-After, for the right key too", async () => {
    const api = await readyApi();
    expect(await failTimes(api, 11)).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    const answer = await tryKey(api, ADMIN);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(answer.headers["retry-after"])).toBeLessThanOrEqual(60);
    expect(answer.text).toContain("Too many failed logins from your address.");
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  test("by Bearer -> 429 with Retry-After, for the right key too, and for the form", async () => {
    const api = await readyApi();
    for (let n = 0; n < 10; n++) expect((await queuesOf(api, { key: WRONG })).status).toBe(401);
    for (const key of [WRONG, ADMIN]) {
      const answer = await queuesOf(api, { key });
      expect(answer).toBeProblem(429, "rate_limited");
      expect(answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
    }
    expect((await tryKey(api, ADMIN)).status).toBe(429);
  });

  test("all at once -> no more than ten are told that they are wrong", async () => {
    const api = await readyApi();
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => tryKey(api, `${WRONG}${n}`)));
    expect(answers.filter(({ status }) => status === 401).length).toBe(10);
    expect(answers.filter(({ status }) => status === 429).length).toBe(30);
  });

  test("another API process -> 429 as well", async () => {
    const api = await readyApi();
    const other = await readyApi(api.environment);
    await failTimes(api, 10);
    expect((await tryKey(other, ADMIN)).status).toBe(429);
  });

  test("who is signed in -> stays so", async () => {
    const api = await readyApi();
    const cookie = await signIn(api);
    await failTimes(api, 11);
    expect((await visit(api, BOARD, { cookie })).status).toBe(200);
  });

  test("the minute is over -> the right key is let in", async () => {
    const api = await readyApi();
    await failTimes(api, 11);
    const [key = ""] = await api.ledger.redis.keys(`{${api.prefix}}:failed-logins:*`);
    expect(await api.ledger.redis.ttl(key)).toBeGreaterThan(0);
    await api.ledger.redis.del(key);
    expect((await tryKey(api, ADMIN)).status).toBe(303);
  });

  test("nine, then the right key -> is let in", async () => {
    const api = await readyApi();
    await failTimes(api, 9);
    expect((await tryKey(api, ADMIN)).status).toBe(303);
  });
});

test("keys of tenants are sent -> they are no guesses", async () => {
  const api = await readyApi();
  for (let n = 0; n < 12; n++)
    expect((await queuesOf(api, { key: "globex-key-0123456789abcdef" })).status).toBe(403);
  expect((await tryKey(api, ADMIN)).status).toBe(303);
});
