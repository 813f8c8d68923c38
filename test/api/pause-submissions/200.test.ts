// POST /v1/admin/submissions/pause by the operator. What workers make of it: test/worker/pause.test.ts.
import { describe, expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { anyIso, asOperator, auditPage, countDeeds, makeJob, statusOf } from "../support.ts";

const pause = (api: TestApi, options = {}) => asOperator(api, "POST", "/v1/admin/submissions/pause", options);

describe("pausing", () => {
  test("with a reason -> paused, since when, by whom and why; GET says the same; on record", async () => {
    const api = await readyApi();
    const before = await api.ledger.jobs.readClock();
    const answer = await pause(api, { body: { reason: "Novita bills twice" } });
    expect(answer.status).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.json).toEqual({
      paused: true,
      since: anyIso,
      by: "operator",
      reason: "Novita bills twice",
    });
    const since = Date.parse(String(answer.json["since"]));
    expect(since).toBeGreaterThanOrEqual(before);
    expect(since - before).toBeLessThan(5000);
    const read = await asOperator(api, "GET", "/v1/admin/submissions");
    expect(read.json).toMatchObject(answer.json);
    expect((await auditPage(api)).data).toMatchObject([
      {
        action: "submissions.pause",
        by: "operator",
        tenant: null,
        subject: "submissions",
        reason: "Novita bills twice",
      },
    ]);
  });

  test.each([
    ["no body", {}],
    ["an empty object", { body: {} }],
    ["null", { body: null }],
  ])("%s -> paused without a reason", async (_what, options) => {
    const api = await readyApi();
    expect((await pause(api, options)).json).toEqual({
      paused: true,
      since: anyIso,
      by: "operator",
      reason: null,
    });
  });

  test("once more, with another reason -> 200 with the first time and reason; one entry on record", async () => {
    const api = await readyApi();
    const first = await pause(api, { body: { reason: "first" } });
    const second = await pause(api, { body: { reason: "second" } });
    expect({ status: second.status, json: second.json }).toEqual({ status: 200, json: first.json });
    const { data } = await auditPage(api);
    expect(data.map(({ reason }) => reason)).toEqual(["first"]);
  });

  test("while paused -> jobs are accepted and canceled as ever", async () => {
    const api = await readyApi();
    await pause(api);
    const id = await makeJob(api);
    expect(await statusOf(api, id)).toBe("queued");
    expect((await api.call("POST", `/v1/jobs/${id}/cancel`)).json["status"]).toBe("canceled");
  });

  test("50 at once over two APIs -> one pause, one time, one entry on record", async () => {
    const api = await readyApi();
    const other = await readyApi(api.environment);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => pause(n % 2 ? api : other)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(await countDeeds(api, "submissions.pause")).toBe(1);
    const lines = [api, other].flatMap(({ logs }) => logs.named("submissions.pause"));
    expect(lines).toMatchObject([{ level: "info", by: "operator", tenant: null, subject: "submissions" }]);
  });
});

describe("with an Idempotency-Key", () => {
  const keyed = { headers: { "idempotency-key": "k" }, body: { reason: "now" } };

  test("50 equal ones at once -> one effect, 49 replays", async () => {
    const api = await readyApi();
    const answers = await Promise.all(Array.from({ length: 50 }, () => pause(api, keyed)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers["idempotent-replayed"] === "true")).toHaveLength(49);
    expect(await countDeeds(api, "submissions.pause")).toBe(1);
  });

  test("a repeat after it was resumed -> a replay that tells how it is now, and pauses nothing", async () => {
    const api = await readyApi();
    await pause(api, keyed);
    await asOperator(api, "POST", "/v1/admin/submissions/resume");
    const again = await pause(api, keyed);
    expect(again.headers["idempotent-replayed"]).toBe("true");
    expect(again.json).toEqual({ paused: false, since: null, by: null, reason: null });
    expect(await countDeeds(api, "submissions.pause")).toBe(1);
  });

  test("it was paused already -> the key is used all the same: a repeat after the resume pauses nothing", async () => {
    const api = await readyApi();
    await pause(api);
    const first = await pause(api, keyed);
    expect(first.headers).not.toHaveProperty("idempotent-replayed");
    await asOperator(api, "POST", "/v1/admin/submissions/resume");
    const again = await pause(api, keyed);
    expect(again.headers["idempotent-replayed"]).toBe("true");
    expect(again.json["paused"]).toBe(false);
  });

  test("the same key on resume -> is another one", async () => {
    const api = await readyApi();
    await pause(api, keyed);
    const answer = await asOperator(api, "POST", "/v1/admin/submissions/resume", { headers: keyed.headers });
    expect(answer.headers).not.toHaveProperty("idempotent-replayed");
    expect(answer.json["paused"]).toBe(false);
  });
});
