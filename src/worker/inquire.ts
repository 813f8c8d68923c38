/**
 * Inquiries: looks out of turn, for callers who wait at the API, which itself never talks to Novita. An inquiry is one
 * look, with a poll entry of its own. Whatever the look tells is the answer; nobody looks again until somebody asks again,
 * and the watch over the job's own tasks goes on as if nothing had happened.
 */
import { note } from "../shared/change.ts";
import type { Change } from "../shared/change.ts";
import { forgottenAttempt, openInquiry } from "../shared/job.ts";
import type { Inquiry, Job } from "../shared/job.ts";
import type { Logger } from "../shared/logger.ts";
import type { JobStore } from "../shared/store/jobs.ts";
import type { Bar, Snapshot } from "../shared/store/record.ts";
import { recordOutcome } from "./attempt.ts";
import type { SubmitPolicy } from "./attempt.ts";
import { logPolled } from "./log-polled.ts";
import { timedLook } from "./timed-look.ts";
import { isGoodLook } from "./look.ts";
import type { LookOutcome } from "./novita/classify.ts";
import type { NovitaClient } from "./novita/client.ts";
import { done } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { Road } from "./road.ts";

export type InquireDeps = {
  jobs: JobStore;
  road: Road;
  novita: NovitaClient;
  submitPolicy: SubmitPolicy;
  log: Logger;
};

type Ask<About extends Inquiry["about"]> = Extract<Inquiry, { about: About }>;

/** Nobody has waited for an answer for long by then, and a job that has ended must be able to go. */
const LAPSE_MS = 600_000;

/** Looks once, and answers. */
export async function inquire(
  deps: InquireDeps,
  snapshot: Snapshot<Job>,
  { n, about, taskId }: Inquiry,
): Promise<Outcome> {
  const { id, tenant } = snapshot.record;
  const { look, durationMs } = await timedLook(deps.novita, taskId);
  const changed = await deps.jobs.changeJob(
    id,
    (job, now, bar) => answerInquiry(job, n, look, now, deps.submitPolicy, bar),
    { known: snapshot },
  );
  if (isGoodLook(look)) await deps.road.noteGoodLook(taskId, snapshot.now());
  const status = changed?.job.status ?? "gone";
  const answer = changed?.change?.job.inquiry?.answer ?? null;
  const ids = { job_id: id, tenant, task_id: taskId };
  logPolled(deps.log, look, { ...ids, about, answer, duration_ms: durationMs, status });
  return done;
}

/** What a look tells of the job's n-th inquiry; null: it has been answered, or lapsed. */
export function answerInquiry(
  job: Job,
  n: number,
  look: LookOutcome,
  now: number,
  policy: SubmitPolicy,
  bar: Bar | null = null,
): Change | null {
  const inquiry = openInquiry(job);
  if (inquiry?.n !== n) return null;
  const polled = { ...job, polls: job.polls + 1 };
  return inquiry.about === "video"
    ? answerVideo(polled, inquiry, look, now)
    : answerAttach(polled, inquiry, look, now, policy, bar);
}

/** Ends an inquiry that nobody could answer in `LAPSE_MS`; null: there is none. */
export function lapseInquiry(job: Job, now: number): Change | null {
  const inquiry = openInquiry(job);
  if (!inquiry || now < inquiry.askedAt + LAPSE_MS) return null;
  return note(job, { inquiry: { ...inquiry, answer: "unavailable" } }, null);
}

/** A link that is dead on arrival is as good as none: Novita has the task, and no way to the file any more. */
function answerVideo(job: Job, inquiry: Ask<"video">, look: LookOutcome, now: number): Change {
  if (look.kind !== "succeeded" && look.kind !== "missing") {
    return note(job, { inquiry: { ...inquiry, answer: "unavailable" } }, null);
  }
  const link = look.kind === "succeeded" ? look.video : null;
  // What has been erased in between stays so.
  if (!job.video || !link || (link.expiresAt !== null && link.expiresAt <= now)) {
    return note(job, { inquiry: { ...inquiry, answer: "missing" } }, null);
  }
  const video = { ...link, taskId: inquiry.taskId };
  return note(job, { video, inquiry: { ...inquiry, answer: "found" } }, { kind: "video_refreshed" });
}

function answerAttach(
  job: Job,
  inquiry: Ask<"attach">,
  look: LookOutcome,
  now: number,
  policy: SubmitPolicy,
  bar: Bar | null,
): Change {
  const answer = (said: Ask<"attach">["answer"], owner: string | null = null): Change =>
    note(job, { inquiry: { ...inquiry, answer: said, owner } }, null);
  // The submission itself may have brought the task meanwhile.
  if (job.tasks.some((task) => task.id === inquiry.taskId)) return answer("found");
  const isAwaited = job.status === "unconfirmed" || job.status === "queued";
  const awaited = job.attempts.at(-1)?.id ?? forgottenAttempt;
  if (!isAwaited || awaited !== inquiry.attemptId) return answer("moved_on");
  if (look.kind === "missing") return answer("missing");
  // A status that nobody understands does not prove that there is such a task.
  if (!isGoodLook(look) || (look.kind === "running" && !look.known)) return answer("unavailable");
  if (bar?.as === "owner") return answer("taken", bar.found);
  return attach(job, { ...inquiry, answer: "found" }, now, policy) ?? answer("found");
}

/** The task becomes the one that the attempt should have brought, and is looked at in turn, at once. */
function attach(job: Job, inquiry: Ask<"attach">, now: number, policy: SubmitPolicy): Change | null {
  const { taskId, attemptId, by } = inquiry;
  const lookAtOnce = { ...policy, pollFirstMs: 0 };
  const change = recordOutcome(job, attemptId, { kind: "accepted", taskId }, now, lookAtOnce);
  if (!change) return null;
  return {
    ...change,
    job: { ...change.job, inquiry },
    fact: change.fact && { ...change.fact, by: "resolve" },
    deed: { action: "resolve.attach", by },
    isSoleOwner: true,
  };
}
