/** The link to a job's video: the one that is known while it works, and then a new one, which Novita signs on request. */
import type { FastifyReply, FastifyRequest } from "fastify";

import type { Job, Video } from "../shared/job.ts";
import type { Snapshot } from "../shared/store/record.ts";
import { ask } from "./ask.ts";
import type { AskDeps, Question } from "./ask.ts";
import { Problem } from "./problem.ts";

/** A link that is handed out lives for at least this long, unless Novita signs shorter ones. */
const MARGIN_MS = 60_000;

/** Returns a link that works now. Throws when there is none, or none could be had in time. */
export async function findVideo(
  deps: AskDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  known: Snapshot<Job>,
): Promise<Video> {
  const { record, now } = await ask(deps, request, reply, known, questionOf);
  const found = knownVideo(record, now()) ?? refreshedVideo(record, now());
  if (found instanceof Problem) throw found;
  return found;
}

const questionOf = (job: Job, now: number): Question | null =>
  job.video && knownVideo(job, now) === null ? { about: "video", taskId: job.video.taskId } : null;

/** null: there is a video, and its link must be refreshed. */
function knownVideo(job: Job, now: number): Video | Problem | null {
  const about = { job_id: job.id, job_status: job.status };
  if (job.erasedAt !== null) return new Problem("gone", "The job was erased, and its video with it.", about);
  if (!job.video) return new Problem("conflict", `The job is ${job.status} and has no video.`, about);
  return isAlive(job.video, now + MARGIN_MS) ? job.video : null;
}

/** What has come of the look that was asked for. */
function refreshedVideo({ id, status, video, inquiry }: Job, now: number): Video | Problem {
  const about = { job_id: id, job_status: status };
  const answer = inquiry?.about === "video" ? inquiry.answer : null;
  if (answer === "found" && video && isAlive(video, now)) return video;
  if (answer === "missing") return new Problem("gone", "Novita no longer has the video.", about);
  const detail = "The link has expired, and Novita has not given a new one. Try again a little later.";
  return new Problem("upstream_unavailable", detail, about);
}

const isAlive = ({ expiresAt }: Video, at: number): boolean => expiresAt === null || expiresAt > at;
