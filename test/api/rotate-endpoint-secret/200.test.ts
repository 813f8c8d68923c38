// POST /v1/webhook-endpoints/{id}/rotate-secret by its tenant.
import { describe, expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { anySecret, makeEndpoint, readEndpoint, underKey } from "../endpoint-support.ts";
import { auditPage, countDeeds } from "../support.ts";
import { passTime, rotate, rotatedIn } from "./support.ts";

const DAY_MS = 86_400_000;
const OWN_SECRET = `whsec_${Buffer.alloc(64, 3).toString("base64")}`;

describe("a rotation", () => {
  test("nothing is said -> a new secret, and the one before for a day; GET tells the times only", async () => {
    const api = await readyApi();
    const { id, secret, answer: made } = await makeEndpoint(api);
    const startedAt = await api.ledger.jobs.readClock();
    const answer = await rotate(api, id);
    expect(answer.status).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.json["secret"]).toEqual(anySecret);
    expect(answer.json["secret"]).not.toBe(secret);
    const [current, replaced, ...more] = rotatedIn(answer).secrets;
    expect(more).toEqual([]);
    expect(current?.expires_at).toBeNull();
    expect(replaced?.created_at).toBe(made.json["created_at"]);
    const expiresAt = Date.parse(replaced?.expires_at ?? "");
    expect(expiresAt - startedAt).toBeGreaterThanOrEqual(DAY_MS);
    expect(expiresAt - startedAt).toBeLessThan(DAY_MS + 10_000);
    const read = await readEndpoint(api, id);
    expect(read["secrets"]).toEqual(answer.json["secrets"]);
    expect(JSON.stringify(read)).not.toContain("whsec_");
  });

  test("a secret and a grace of one's own -> taken as they are", async () => {
    const api = await readyApi();
    const { id } = await makeEndpoint(api);
    const startedAt = await api.ledger.jobs.readClock();
    const { secret, secrets } = rotatedIn(await rotate(api, id, { secret: OWN_SECRET, grace_s: 604_800 }));
    expect(secret).toBe(OWN_SECRET);
    expect(Date.parse(secrets[1]?.expires_at ?? "") - startedAt).toBeGreaterThanOrEqual(7 * DAY_MS);
  });

  test("a grace of 0 -> the one that is replaced is dropped at once; those replaced before keep their time", async () => {
    const api = await readyApi();
    const { id, answer: made } = await makeEndpoint(api);
    const before = rotatedIn(await rotate(api, id)).secrets;
    const after = rotatedIn(await rotate(api, id, { grace_s: 0 })).secrets;
    expect(after).toHaveLength(2);
    expect(after[1]).toEqual(before[1]);
    expect(after[1]?.created_at).toBe(made.json["created_at"]);
    expect(JSON.stringify(after)).not.toContain(before[0]?.created_at);
  });

  test("a replaced secret that still signs -> the current one again, and named once", async () => {
    const api = await readyApi();
    const { id, secret: first } = await makeEndpoint(api);
    const second = rotatedIn(await rotate(api, id, { secret: OWN_SECRET })).secrets[0];
    const { secret, secrets } = rotatedIn(await rotate(api, id, { secret: first }));
    expect(secret).toBe(first);
    expect(secrets).toHaveLength(2);
    expect(secrets[0]?.expires_at).toBeNull();
    expect(secrets[1]?.created_at).toBe(second?.created_at);
  });

  test("a day later -> the replaced one is told no more, and the next rotation forgets it", async () => {
    const api = await readyApi();
    const { id } = await makeEndpoint(api);
    await rotate(api, id);
    await passTime(api, DAY_MS);
    expect((await readEndpoint(api, id))["secrets"]).toHaveLength(1);
    expect(rotatedIn(await rotate(api, id)).secrets).toHaveLength(2);
    const { redis, keys } = api.ledger;
    expect((await redis.hget(keys.endpoints("acme"), "state"))?.match(/"sealed"/g)).toHaveLength(2);
  });

  test("was made -> on record; another endpoint keeps its secret; no secret in the log", async () => {
    const api = await readyApi();
    const [first, second] = [await makeEndpoint(api), await makeEndpoint(api)];
    const before = await readEndpoint(api, second.id);
    const { secret } = rotatedIn(await rotate(api, first.id));
    const { data } = await auditPage(api);
    expect(data[0]).toMatchObject({ action: "endpoint.rotate", tenant: "acme", subject: first.id });
    expect(await readEndpoint(api, second.id)).toEqual(before);
    const logged = JSON.stringify([data, api.logs.lines]);
    for (const each of [first.secret, second.secret, String(secret)]) expect(logged).not.toContain(each);
  });
});

describe("repeated under one key", () => {
  test("the same again -> the same secret, once rotated", async () => {
    const api = await readyApi();
    const { id } = await makeEndpoint(api);
    const first = await rotate(api, id, {}, underKey.headers);
    const again = await rotate(api, id, {}, underKey.headers);
    expect(first.headers).not.toHaveProperty("idempotent-replayed");
    expect(again.headers["idempotent-replayed"]).toBe("true");
    expect(again.json).toEqual(first.json);
    expect(await countDeeds(api, "endpoint.rotate")).toBe(1);
  });

  test("after another rotation -> null: the secret that it made is not the current one", async () => {
    const api = await readyApi();
    const { id } = await makeEndpoint(api);
    await rotate(api, id, {}, underKey.headers);
    const latest = await rotate(api, id);
    const again = await rotate(api, id, {}, underKey.headers);
    expect(again.json).toEqual({ secret: null, secrets: rotatedIn(latest).secrets });
  });

  test("for another endpoint -> a rotation of its own", async () => {
    const api = await readyApi();
    const [first, second] = [await makeEndpoint(api), await makeEndpoint(api)];
    const one = await rotate(api, first.id, {}, underKey.headers);
    const other = await rotate(api, second.id, {}, underKey.headers);
    expect(other.headers).not.toHaveProperty("idempotent-replayed");
    expect(other.json["secret"]).not.toBe(one.json["secret"]);
  });

  test("20 at once -> one rotation, one secret for all", async () => {
    const api = await readyApi();
    const { id } = await makeEndpoint(api);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => rotate(api, id, {}, underKey.headers)),
    );
    expect(new Set(answers.map(({ json }) => json["secret"])).size).toBe(1);
    expect(await countDeeds(api, "endpoint.rotate")).toBe(1);
  });
});

test("5 at once without a key -> 5 secrets, made at different times so that each can be told from the others", async () => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api);
  const answers = await Promise.all(Array.from({ length: 5 }, () => rotate(api, id)));
  expect(new Set(answers.map(({ json }) => json["secret"])).size).toBe(5);
  const times = answers.map((answer) => rotatedIn(answer).secrets[0]?.created_at);
  expect(new Set(times).size).toBe(5);
});
