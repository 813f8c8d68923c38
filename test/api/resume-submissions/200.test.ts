// POST /v1/admin/submissions/resume by the operator. What workers make of it: test/worker/pause.test.ts.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { asOperator, auditPage, countDeeds } from "../support.ts";

const open = { paused: false, since: null, by: null, reason: null };
const pause = (api: TestApi) =>
  asOperator(api, "POST", "/v1/admin/submissions/pause", { body: { reason: "now" } });
const resume = (api: TestApi, options = {}) =>
  asOperator(api, "POST", "/v1/admin/submissions/resume", options);

test("while paused -> open, with nothing left of the pause; GET says the same; on record", async () => {
  const api = await readyApi();
  await pause(api);
  const answer = await resume(api);
  expect({ status: answer.status, json: answer.json }).toEqual({ status: 200, json: open });
  expect((await asOperator(api, "GET", "/v1/admin/submissions")).json).toMatchObject(open);
  expect((await auditPage(api)).data.map(({ action, by }) => [action, by])).toEqual([
    ["submissions.resume", "operator"],
    ["submissions.pause", "operator"],
  ]);
});

test("never paused, and resumed twice -> 200 each time, nothing on record, and a pause works afterwards", async () => {
  const api = await readyApi();
  for (let n = 0; n < 2; n++) expect((await resume(api)).json).toEqual(open);
  expect(await countDeeds(api, "submissions.resume")).toBe(0);
  expect((await pause(api)).json["paused"]).toBe(true);
});

test("never paused, with an Idempotency-Key -> still open for workers", async () => {
  const api = await readyApi();
  expect((await resume(api, { headers: { "idempotency-key": "k" } })).json).toEqual(open);
  const { redis, keys } = api.ledger;
  expect(await redis.hget(keys.submissions, "status")).toBe("open");
});

test("50 equal ones with a key at once -> one effect; a repeat after the next pause resumes nothing", async () => {
  const api = await readyApi();
  await pause(api);
  const keyed = { headers: { "idempotency-key": "k" } };
  const answers = await Promise.all(Array.from({ length: 50 }, () => resume(api, keyed)));
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers.filter(({ headers }) => headers["idempotent-replayed"] === "true")).toHaveLength(49);
  expect(await countDeeds(api, "submissions.resume")).toBe(1);
  await pause(api);
  const again = await resume(api, keyed);
  expect(again.headers["idempotent-replayed"]).toBe("true");
  expect(again.json["paused"]).toBe(true);
});

test("pauses and resumes at once, again and again -> each change on record in turn, and the last one stands", async () => {
  const api = await readyApi();
  await Promise.all(Array.from({ length: 30 }, (_, n) => (n % 2 === 0 ? pause(api) : resume(api))));
  const actions = (await auditPage(api)).data.map(({ action }) => action).toReversed();
  const inTurn = actions.map((_, n) => (n % 2 === 0 ? "submissions.pause" : "submissions.resume"));
  expect(actions).toEqual(inTurn);
  const { json } = await asOperator(api, "GET", "/v1/admin/submissions");
  expect(json["paused"]).toBe(actions.at(-1) === "submissions.pause");
});
