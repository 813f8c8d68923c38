// The audit of a run of many jobs is shown evidence of each kind of failure, and must find it.
import { describe, expect, test } from "vitest";
import { auditJobs, type Evidence, type Webhook } from "../../../tools/demo/crowd/audit.ts";
import type { Job } from "../../../tools/demo/job.ts";

describe("auditJobs", () => {
  test("a job that was bought once, made its video and was told -> nothing to find", () => {
    expect(auditJobs(evidence())).toEqual({ boughtTwice: 0, lost: 0, told: 1, findings: [] });
  });

  test("Novita's books show two tasks of a job -> bought twice", () => {
    const twice = evidence({ sold: [sale("task-1"), sale("task-2")] });
    expect(auditJobs(twice)).toMatchObject({
      boughtTwice: 1,
      findings: ["job 1 was bought 2 times, and 1 asked for"],
    });
  });

  test("two tasks of a job that asked to be bought again -> allowed; three -> bought twice", () => {
    const sold = [sale("task-1"), sale("task-2")];
    expect(auditJobs(evidence({ sold, job: { mayBuyTwice: true } })).findings).toEqual([]);
    const thrice = evidence({ sold: [...sold, sale("task-3")], job: { mayBuyTwice: true } });
    expect(auditJobs(thrice).findings).toEqual(["job 1 was bought 3 times, and 2 asked for"]);
  });

  test("tasks of jobs that somebody else has posted -> nobody's business", () => {
    const sold = [sale("task-1"), sale("other-1", null), sale("other-2", null)];
    expect(auditJobs(evidence({ sold })).findings).toEqual([]);
  });

  test("an accepted job that nobody knows -> lost", () => {
    const { lost, findings } = auditJobs(evidence({ job: { found: null } }));
    expect({ lost, findings }).toEqual({
      lost: 1,
      findings: ["job 1 (job_1) was accepted, and nobody knows it"],
    });
  });

  test.each([
    ["still on its way", { status: "processing" }, "is still processing"],
    [
      "unconfirmed without a cause",
      { status: "unconfirmed", error: null },
      "is unconfirmed, and nobody says why",
    ],
    ["failed without a cause", { status: "failed", error: null }, "is failed, and nobody says why"],
    ["succeeded without a video", { video: null }, "succeeded without a video"],
    [
      "succeeded by a task that was never sold",
      { task_id: "task-9" },
      "has a video that Novita did not sell",
    ],
  ])("a job %s -> lost", (_, change, says) => {
    const found = { ...job, ...change };
    const told = webhook({ type: `job.${found.status}` });
    const { lost, findings } = auditJobs(evidence({ job: { found }, webhooks: [told] }));
    expect({ lost, findings }).toEqual({ lost: 1, findings: [`job 1 ${says}`] });
  });

  test("unconfirmed with a cause, and told -> at rest", () => {
    const found = { ...job, status: "unconfirmed", video: null, error: { code: "x", message: "y" } };
    const told = webhook({ type: "job.unconfirmed" });
    expect(auditJobs(evidence({ job: { found }, webhooks: [told] }))).toMatchObject({
      told: 1,
      findings: [],
    });
  });

  test.each([
    ["none came", []],
    ["none was taken", [webhook({ isTaken: false })]],
    ["another event came", [webhook({ type: "job.unconfirmed" })]],
    ["another job's came", [webhook({ jobId: "job_2" })]],
  ])("the end of a job, of whose webhooks %s -> lost, and not counted as told", (_, webhooks) => {
    const { lost, told, findings } = auditJobs(evidence({ webhooks }));
    expect({ lost, told }).toEqual({ lost: 1, told: 0 });
    expect(findings).toEqual(["job 1 is succeeded, and no receiver took its webhook"]);
  });

  test("a webhook that came again, the same -> as it should be", () => {
    const webhooks = [webhook({ isTaken: false }), webhook()];
    expect(auditJobs(evidence({ webhooks }))).toMatchObject({ told: 1, findings: [] });
  });

  test.each([
    ["with another body", { body: "{ }" }, "was told job.succeeded in two bodies"],
    ["as another event", { eventId: "evt_2" }, "was told job.succeeded by two events"],
    ["of another end", { type: "job.failed" }, "was told of two ends: job.succeeded, job.failed"],
    ["without a good signature", { isVerified: false }, "had a webhook without a good signature"],
  ])("a webhook that came again %s -> found", (_, change, says) => {
    const webhooks = [webhook(), webhook(change)];
    expect(auditJobs(evidence({ webhooks })).findings).toEqual([`job 1 ${says}`]);
  });

  test("a failure that was told, and then recovered -> one end and its correction", () => {
    const webhooks = [webhook({ type: "job.failed" }), webhook({ type: "job.recovered", eventId: "evt_2" })];
    expect(auditJobs(evidence({ webhooks }))).toMatchObject({ told: 1, findings: [] });
  });

  test("a webhook that names no job and is signed by nobody -> found", () => {
    const webhooks = [webhook(), webhook({ jobId: "", isVerified: false })];
    expect(auditJobs(evidence({ webhooks })).findings).toEqual([
      "a webhook of nobody's has no good signature",
    ]);
  });
});

const job: Job = {
  id: "job_1",
  reference: "job 1",
  status: "succeeded",
  version: 4,
  progress: 100,
  attempts: 1,
  polls: 3,
  task_id: "task-1",
  video: { url: "http://127.0.0.1/1.mp4" },
  error: null,
};

const sale = (taskId: string, of: string | null = "1") => ({ job: of, taskId });

const webhook = (change: Partial<Webhook> = {}): Webhook => ({
  jobId: "job_1",
  type: "job.succeeded",
  eventId: "evt_1",
  body: "{}",
  isVerified: true,
  isTaken: true,
  ...change,
});

/** Of one job for which all went well, unless it says otherwise. */
function evidence(
  change: Partial<Omit<Evidence, "jobs">> & { job?: Partial<Evidence["jobs"][number]> } = {},
): Evidence {
  const { job: changed, ...others } = change;
  return {
    jobs: [{ n: 1, id: "job_1", mayBuyTwice: false, found: job, ...changed }],
    sold: [sale("task-1")],
    webhooks: [webhook()],
    ...others,
  };
}
