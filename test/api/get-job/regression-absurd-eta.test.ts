// An eta of millions of years was believed: the date that it makes cannot be written, so the look, the event and every
// later answer about the job failed.
import { expect, test } from "vitest";
import { classifyLook } from "../../../src/worker/novita/classify.ts";
import { recordLook } from "../../../src/worker/look.ts";
import { readyApi } from "../../support/api.ts";
import { makeJobIn, smallBody } from "../support.ts";

const policy = { baseMs: 3000, maxMs: 15_000, recoveryMs: 300_000, lostGraceMs: 60_000 };

test.each([1e14, "100000000000000"])(
  "a look says eta %j -> the look counts, the eta does not",
  async (eta) => {
    const api = await readyApi();
    const webhook = { url: "https://hooks.example.com/h", events: ["job.progress"] };
    const id = await makeJobIn(api, "processing", { ...smallBody, webhook });
    const task = { task_id: "task-1", status: "TASK_STATUS_PROCESSING", progress_percent: 40, eta };
    const look = classifyLook(
      { status: 200, retryAfter: null, body: JSON.stringify({ task }) },
      "task-1",
      Date.now(),
    );
    const context = { looksWorkElsewhere: true, random: 0 };
    await api.ledger.jobs.changeJob(id, (job, now) => recordLook(job, "task-1", look, now, policy, context));
    const answer = await api.call("GET", `/v1/jobs/${id}`);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ status: "processing", progress: 40, polls: 1, eta_at: null });
    const [delivery] = await api.ledger.deliveries.deliveriesOf(id);
    expect(delivery).toMatchObject({ eventType: "job.progress" });
    const body = await api.ledger.deliveries.readEventBody(delivery?.eventId ?? "");
    expect(JSON.parse(body ?? "")).toMatchObject({ data: { job: { id, progress: 40, eta_at: null } } });
  },
);
