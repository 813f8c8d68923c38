/**
 * Attaching a task by hand: the operator has found, in Novita's own console, the task that an unconfirmed submission has
 * made, or, in the logs of workers, one whose job a restored Redis calls queued. The latter may be bought at any moment unless
 * submissions are paused, so it is attached only while they are. A worker looks at the task and attaches it in the write that is the answer, so a look that comes late attaches all
 * the same, and whoever repeats the request finds it done. The task itself shows that it is done: that, and no binding made
 * before, is what makes a repeat safe.
 */
import type { FastifyReply, FastifyRequest } from "fastify";

import { forgottenAttempt } from "../shared/job.ts";
import type { Job } from "../shared/job.ts";
import type { Snapshot } from "../shared/store/record.ts";
import type { Submissions } from "../shared/store/submissions.ts";
import { ask } from "./ask.ts";
import type { AskDeps, Question } from "./ask.ts";
import { nameOf } from "./auth.ts";
import { decideJob } from "./decide.ts";
import type { DecideDeps } from "./decide.ts";
import { orUncertain } from "./idempotency.ts";
import type { Accepted } from "./intake.ts";
import { invalidBecause, Problem } from "./problem.ts";
import { obstacleToAttach } from "./resolve.ts";

/** `attempt` guards against attaching to another attempt than the one that was read. */
export type Wish = { taskId: string; attempt: number | undefined };

export type AttachDeps = DecideDeps & AskDeps & { readSwitch: () => Promise<Snapshot<Submissions>> };

/** Returns the job with the task. Throws when it cannot be attached, or nobody could tell in time. */
export function attachTask(
  deps: AttachDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  known: Snapshot<Job>,
  wish: Wish,
): Promise<Accepted> {
  const { caller } = request;
  if (caller.as !== "operator") {
    const detail =
      "All tenants share one Novita key, so only the operator can know whose a task is: attach takes its key.";
    throw new Problem("forbidden", detail);
  }
  const question = (job: Job) => questionOf(job, wish, nameOf(caller));
  return decideJob(deps, request, known, {
    verb: "resolve",
    buys: false,
    prepare: (snapshot, claim) =>
      orUncertain(known.record.id, claim, async () => {
        await refuseWhileBuying(deps, snapshot.record);
        return ask(deps, request, reply, snapshot, question);
      }),
    choose: (job) => concludeAttach(job, wish),
  });
}

async function refuseWhileBuying({ readSwitch }: AttachDeps, { id, status }: Job): Promise<void> {
  if (status !== "queued" || (await readSwitch()).record.status === "paused") return;
  const detail = "A queued job may be bought while Novita is asked about the task: pause submissions first.";
  throw new Problem("conflict", detail, { job_id: id, job_status: status });
}

function questionOf(job: Job, { taskId, attempt }: Wish, by: string): Question | null {
  if (hasTask(job, taskId) || obstacleToAttach(job, attempt)) return null;
  const attemptId = job.attempts.at(-1)?.id ?? forgottenAttempt;
  return { about: "attach", taskId, attemptId, by };
}

/** What has come of the look. null: the task is the job's. */
function concludeAttach(job: Job, { taskId, attempt }: Wish): Problem | null {
  const isAwaited = job.status === "unconfirmed" || job.status === "queued";
  if (hasTask(job, taskId) && !isAwaited) return null;
  const obstacle = obstacleToAttach(job, attempt);
  if (obstacle) return obstacle;
  if (hasTask(job, taskId)) {
    return new Problem("conflict", "The job has this task already, from an attempt before the present one.");
  }
  const { inquiry } = job;
  if (inquiry?.about !== "attach" || inquiry.taskId !== taskId) {
    return unanswered(
      "Novita was asked about something else, and is asked about a job once in 30 s. Nothing has been changed.",
    );
  }
  switch (inquiry.answer) {
    case "missing":
      return invalidBecause([{ pointer: "/task_id", detail: "Novita knows no such task." }]);
    case "taken":
      return new Problem("conflict", `The task belongs to the job ${inquiry.owner}.`);
    case null:
      return unanswered(
        "There is no answer yet; if one comes and finds the task, it is attached all the same.",
      );
    case "found":
    case "moved_on":
    case "unavailable":
      return unanswered("Novita could not tell whether it has the task. Nothing has been changed.");
  }
}

const hasTask = (job: Job, taskId: string): boolean => job.tasks.some(({ id }) => id === taskId);

const unanswered = (why: string): Problem =>
  new Problem("upstream_unavailable", `${why} Repeat the request a little later.`);
