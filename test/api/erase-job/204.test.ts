// DELETE /v1/jobs/{id}: the content of a job that has ended goes, and nothing else does.
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { readyApi, type TestApi } from "../../support/api.ts";
import { idsOf, readPage } from "../../support/pages.ts";
import { anyIso, everyKey, makeJob, makeJobIn, recordOf, spentBy, takeTo, type Status } from "../support.ts";

const body = {
  input: {
    prompt: "a lighthouse at dawn",
    negative_prompt: "fog",
    audio_url: "https://sounds.example/1.mp3",
  },
  webhook: { url: "https://hooks.example.com/h?token=1" },
  metadata: { campaign: "7" },
  tags: ["spring"],
  reference: "order-42",
};

const History = z.strictObject({ data: z.array(z.looseObject({ id: z.string() })) });

const erase = (api: TestApi, id: string, options = {}) => api.call("DELETE", `/v1/jobs/${id}`, options);
const read = async (api: TestApi, id: string) => (await api.call("GET", `/v1/jobs/${id}`)).json;

const found = async (api: TestApi, query: string) => idsOf(await readPage(api, `/v1/jobs?${query}`));

const emptied = { input: {}, metadata: {}, tags: [], reference: null, video: null, erased_at: anyIso };

describe("a job that has ended", () => {
  test.each<[Status, object]>([
    ["succeeded", { error: null }],
    [
      "failed",
      {
        error: {
          code: "invalid_input",
          message: "Novita refused the input.",
          stage: "submit",
          retryable: false,
          upstream: { status: 400, reason: null },
        },
      },
    ],
    ["canceled", { error: null }],
    ["expired", { error: { code: "start_timeout" } }],
  ])("%s -> 204 without a body; the job is there, without its content", async (status, fields) => {
    const api = await readyApi();
    const id = await makeJobIn(api, status, body);
    const before = await read(api, id);
    const answer = await erase(api, id);
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: "" });
    const after = await read(api, id);
    expect(after).toMatchObject(fields);
    expect(after).toEqual({
      ...before,
      ...emptied,
      error: after["error"],
      version: Number(before["version"]) + 1,
    });
  });

  test("succeeded -> its task, money and attempts stay, and so do its keys", async () => {
    const api = await readyApi({ PRICES: "wan2.7-t2v:1080P=0.15", DAILY_BUDGET_USD: "10" });
    const id = await makeJob(api, body, { "idempotency-key": "k" });
    await takeTo(api, id, "succeeded");
    const before = await recordOf(api, id);
    await erase(api, id);
    const { estimate, reservedOn, attempts, tasks, idempotencyKeys } = before;
    expect(await recordOf(api, id)).toMatchObject({ estimate, reservedOn, attempts, tasks, idempotencyKeys });
    expect(await spentBy(api)).toBe(750_000);
    expect(await api.ledger.redis.hget(api.ledger.keys.tasks, "task-1")).toBe(id);
  });

  test("its retention -> counts from its end, not from its erasure", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed");
    const { redis, keys } = api.ledger;
    const purgeAt = await redis.zscore(keys.purge, id);
    await erase(api, id);
    expect(purgeAt).not.toBeNull();
    expect(await redis.zscore(keys.purge, id)).toBe(purgeAt);
  });

  test.each<[string, object]>([
    ["no body, called JSON", { headers: { "content-type": "application/json" } }],
    ["a body, which means nothing", { body: { why: "it is time" } }],
    ["a body that nobody could read", { raw: "{", headers: { "content-type": "text/plain" } }],
    ["a body without a type", { raw: "x".repeat(100_000) }],
    ["an Idempotency-Key, which it does not need", { headers: { "idempotency-key": "k" } }],
  ])("%s -> 204", async (_name, options) => {
    const api = await readyApi({ REQUIRE_IDEMPOTENCY_KEY: "true" });
    const id = await makeJob(api, body, { "idempotency-key": "k" });
    await takeTo(api, id, "canceled");
    expect((await erase(api, id, options)).status).toBe(204);
  });

  test("its history -> what happened and when stays, the words do not", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed", body);
    const before = await api.ledger.jobs.readHistory(id);
    await erase(api, id);
    const after = await api.ledger.jobs.readHistory(id);
    expect(after.slice(0, -1).map(({ at, kind }) => ({ at, kind }))).toEqual(
      before.map(({ at, kind }) => ({ at, kind })),
    );
    expect(before.at(-1)?.fact).toHaveProperty("message");
    expect(after.map(({ fact }) => fact)).toEqual([
      { kind: "queued", version: 1, status: "queued" },
      { kind: "submitting", transition: "begin", attempt: 1, version: 2, status: "submitting" },
      { kind: "failed", transition: "fail", code: "invalid_input", version: 3, status: "failed" },
      { kind: "erased", version: 4, status: "failed" },
    ]);
  });
});

describe("where it could be found", () => {
  test("by its tag and its reference -> no longer; in its tenant's list and by its status -> still", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed", body);
    const queries = ["tag=spring", "reference=order-42", "status=failed", "limit=10"];
    for (const query of queries) expect(await found(api, query)).toEqual([id]);
    await erase(api, id);
    const after = await Promise.all(queries.map((query) => found(api, query)));
    expect(after).toEqual([[], [], [id], [id]]);
  });

  test("in its events -> without words, under the ids that a reader may have remembered", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed", body);
    const events = async () => History.parse((await api.call("GET", `/v1/jobs/${id}/events`)).json).data;
    const before = await events();
    await erase(api, id);
    const after = await events();
    expect(before.at(-1)).toHaveProperty("message");
    expect(after.slice(0, -1)).toEqual(before.map(({ message: _message, ...event }) => event));
    expect(after.at(-1)).toMatchObject({ type: "erased", status: "failed", version: 4 });
  });
});

describe("a job that is erased already", () => {
  test("-> 204, and not one key changes", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed", body);
    await erase(api, id);
    const before = await everyKey(api);
    expect((await erase(api, id)).status).toBe(204);
    expect(await everyKey(api)).toEqual(before);
  });

  test("50 at once over two APIs -> 204 for all, erased once, one line", async () => {
    const api = await readyApi();
    const other = await readyApi(api.environment);
    const id = await makeJobIn(api, "failed", body);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => erase(n % 2 ? api : other, id)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 204));
    expect((await recordOf(api, id)).version).toBe(4);
    const kinds = (await api.ledger.jobs.readHistory(id)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "erased")).toHaveLength(1);
    const lines = [...api.logs.named("job.erase"), ...other.logs.named("job.erase")];
    expect(lines).toMatchObject([{ job_id: id, tenant: "acme", status: "failed" }]);
  });

  test("a repeat of the request that made it -> the erased job; with another body -> 422 as before", async () => {
    const api = await readyApi();
    const headers = { "idempotency-key": "k" };
    const id = await makeJob(api, body, headers);
    await takeTo(api, id, "canceled");
    await erase(api, id);
    const repeat = await api.post(body, { headers });
    expect(repeat.status).toBe(200);
    expect(repeat.json).toMatchObject({ id, status: "canceled", ...emptied });
    const other = await api.post({ ...body, reference: "order-43" }, { headers });
    expect(other).toBeProblem(422, "idempotency_key_reused");
  });

  test("a cancel of an erased job that was canceled -> 200 as before, and nothing comes back", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "canceled", body);
    await erase(api, id);
    const answer = await api.call("POST", `/v1/jobs/${id}/cancel`);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject(emptied);
  });

  test("the job that had been bought anew from it -> keeps what it asks for", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed", body);
    const retry = await api.call("POST", `/v1/jobs/${id}/retry`);
    const newer = String(retry.json["id"]);
    await erase(api, id);
    expect(await read(api, id)).toMatchObject({ retried_by: newer, ...emptied });
    expect(await read(api, newer)).toMatchObject({ retry_of: id, reference: "order-42", erased_at: null });
    expect((await recordOf(api, newer)).request.input["prompt"]).toBe("a lighthouse at dawn");
  });
});
