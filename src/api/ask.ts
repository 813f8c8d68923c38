/**
 * How the API learns what Novita knows. It never talks to Novita: it writes an inquiry into the job's record, a worker
 * looks and writes the answer beside it, and that is waited for. Novita is asked about a job once at a time and once in
 * 30 s, so an answer serves everybody who asks within that time, however many they are.
 */
import type { FastifyReply, FastifyRequest } from "fastify";

import { note } from "../shared/change.ts";
import type { Change } from "../shared/change.ts";
import { openInquiry } from "../shared/job.ts";
import type { Inquiry, Job } from "../shared/job.ts";
import type { JobStore } from "../shared/store/jobs.ts";
import type { Snapshot } from "../shared/store/record.ts";
import type { Changes } from "./watch/changes.ts";
import { Problem } from "./problem.ts";
import { openWatch, tooManyOpen, watchUntil } from "./watch/wait.ts";

export type Question =
  | { about: "video"; taskId: string }
  | { about: "attach"; taskId: string; attemptId: string; by: string };

export type AskDeps = { jobs: JobStore; changes: Changes };

const INTERVAL_MS = 30_000;
const PATIENCE_MS = 10_000;
/** No job has this many tasks, after whose places their own poll entries are numbered. */
const FIRST_NUMBER = 1001;

/**
 * Has a worker look, and waits for its answer: returns the job as it is then, answered or not. `questionOf` says what there
 * is to be asked of a job; null: nothing. Throws, and asks nothing, when the caller has too many waits open already.
 */
export async function ask(
  { jobs, changes }: AskDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  known: Snapshot<Job>,
  questionOf: (job: Job, now: number) => Question | null,
): Promise<Snapshot<Job>> {
  const { id, tenant } = known.record;
  if (questionOf(known.record, known.now()) === null) return known;
  const watch = openWatch(changes, request, reply, id);
  if (!watch) throw tooManyOpen();
  const isDone = (job: Job) => openInquiry(job) === null || questionOf(job, known.now()) === null;
  const decide = (job: Job, now: number): Change | null => {
    const question = questionOf(job, now);
    return question && askAbout(job, question, now);
  };
  const changed = await jobs.changeJob(id, decide, { known });
  const asked = changed?.change?.job.inquiry;
  if (asked) request.log.tell("job.asked", { job_id: id, tenant, about: asked.about, task_id: asked.taskId });
  if (changed && isDone(changed.job)) return { record: changed.job, now: known.now };
  const seen = changed && (await watchUntil(watch, null, PATIENCE_MS, isDone));
  if (seen && isDone(seen)) return { record: seen, now: known.now };
  const found = changed && (await jobs.readJob(id));
  if (found) return found;
  throw new Problem("not_found", "There is no such job.");
}

/** null: an inquiry is open already, or the last one is so young that it must do. */
export function askAbout(job: Job, question: Question, now: number): Change | null {
  const last = job.inquiry;
  if (last && (last.answer === null || isYoung(last, now))) return null;
  const asked = { n: (last?.n ?? FIRST_NUMBER - 1) + 1, askedAt: now, answer: null };
  const inquiry: Inquiry =
    question.about === "video" ? { ...question, ...asked } : { ...question, ...asked, owner: null };
  return note(job, { inquiry }, null);
}

/** One from the future was asked before Redis' clock was set back. */
const isYoung = ({ askedAt }: Inquiry, now: number): boolean => askedAt <= now && now < askedAt + INTERVAL_MS;
