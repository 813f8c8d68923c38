// What the dashboard must not tell, whoever wrote it into Redis.
import { describe, expect, test, beforeAll, afterAll } from "vitest";
import { ADMIN, isReady, startTestApi, type TestApi } from "../../support/api.ts";
import { makeJobIn, recordOf } from "../support.ts";
import { BOARD, failEntry, queuesOf, signIn, visit } from "./support.ts";

const SECRET = "hush-4711";
const secrets = {
  input: {
    prompt: `a lighthouse ${SECRET}`,
    negative_prompt: SECRET,
    audio_url: `https://cdn.example.com/${SECRET}`,
  },
  webhook: { url: `https://hooks.example.com/${SECRET}?token=${SECRET}` },
  reference: SECRET,
  metadata: { [SECRET]: SECRET },
  tags: [SECRET],
};

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await isReady(api);
});
afterAll(() => api.close());

describe("entries", () => {
  test("one that has failed -> its reason and its stack are left out", async () => {
    await makeJobIn(api, "queued", secrets);
    const id = await failEntry(api, "submit", new Error(`cannot read ${SECRET}`));
    const list = await queuesOf(api, { query: "?activeQueue=submit&status=failed" });
    const one = await api.call("GET", `${BOARD}/api/queues/submit/${id}`, { key: ADMIN });
    for (const { text } of [list, one]) {
      expect(text).toContain(id);
      expect(text).toContain("Left out, since it may quote");
      expect(text).not.toContain(SECRET);
    }
  });

  test("BullMQ's own reason -> is told", async () => {
    await makeJobIn(api, "queued");
    const id = await failEntry(api, "submit", new Error("job stalled more than allowable limit"));
    const { text } = await api.call("GET", `${BOARD}/api/queues/submit/${id}`, { key: ADMIN });
    expect(text).toContain("job stalled more than allowable limit");
  });

  test("one that is not ours, with words in every place -> nothing of it is told but its id", async () => {
    const { poll } = api.ledger.motor.queues;
    const words = { id: SECRET, n: 1, prompt: SECRET };
    const entry = await poll.add(SECRET, words, {
      jobId: "foreign",
      delay: 60_000,
      deduplication: { id: SECRET },
    });
    await entry.log(SECRET);
    await entry.updateProgress({ SECRET });
    const paths = ["?activeQueue=poll", "/poll/foreign", "/poll/foreign/logs", "/poll/foreign/flow"];
    for (const path of paths) {
      const { status, text } = await api.call("GET", `${BOARD}/api/queues${path}`, { key: ADMIN });
      expect({ path, status }).toEqual({ path, status: 200 });
      expect(text).not.toContain(SECRET);
    }
  });

  test("a schedule that is not ours -> is not told", async () => {
    const { poll } = api.ledger.motor.queues;
    await poll.upsertJobScheduler(SECRET, { every: 3_600_000 }, { name: SECRET, data: { id: SECRET, n: 1 } });
    const { status, text } = await api.call("GET", `${BOARD}/api/job-schedulers`, { key: ADMIN });
    expect(status).toBe(200);
    expect(text).not.toContain(SECRET);
    await poll.removeJobScheduler(SECRET);
  });
});

describe("the page of a job", () => {
  test.each(["queued", "processing", "unconfirmed", "succeeded", "failed", "canceled", "expired"] as const)(
    "%s, with words in every place -> none of them",
    async (status) => {
      const id = await makeJobIn(api, status, secrets);
      const { text } = await visit(api, `/admin/jobs/${id}`, { cookie: await signIn(api) });
      expect(text).toContain(id);
      expect(text).not.toContain(SECRET);
      const { video } = await recordOf(api, id);
      expect(text).not.toContain(video?.url ?? SECRET);
    },
  );

  test("Novita's words -> are left out, and its ids are escaped", async () => {
    const id = await makeJobIn(api, "processing");
    await api.ledger.jobs.changeJob(id, (job) => ({
      job: {
        ...job,
        tasks: job.tasks.map((task) => ({ ...task, id: "<script>alert(1)</script>" })),
        version: job.version + 1,
      },
      transition: null,
      fact: { kind: "task_failed", reason: SECRET },
      event: null,
    }));
    const { text } = await visit(api, `/admin/jobs/${id}`, { cookie: await signIn(api) });
    expect(text).toContain("&#60;script&#62;");
    expect(text).not.toContain("<script>");
    expect(text).toContain("task_failed");
    expect(text).not.toContain(SECRET);
  });
});
