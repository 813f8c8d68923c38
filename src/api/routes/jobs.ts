/** Making a job, and how routes answer with one. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";

import type { ApiConfig } from "../../shared/config.ts";
import { createAddressPolicy } from "../../shared/webhook/guard.ts";
import { toWire } from "../../shared/wire.ts";
import { answer, postRefusals } from "../answers.ts";
import { jobAnswer } from "../answers/job.ts";
import { tenantOf } from "../auth.ts";
import type { Authenticate } from "../auth.ts";
import type { Changes } from "../watch/changes.ts";
import type { DecideDeps } from "../decide.ts";
import { etagOf } from "../http/etag.ts";
import { idempotencyKey, prefer } from "../http/headers.ts";
import { markReplay } from "../idempotency.ts";
import { acceptJob, replay } from "../intake.ts";
import type { Accepted } from "../intake.ts";
import { preferredWaitS } from "../http/prefer.ts";
import { jobSchema } from "../job-schema.ts";
import { expectProofs, proveJob } from "../prove-job.ts";
import type { ProofDeps } from "../prove-job.ts";
import { isAtRest, waitForJob } from "../watch/wait.ts";

export type JobRouteDeps = DecideDeps &
  ProofDeps & {
    config: ApiConfig;
    changes: Changes;
    authenticate: Authenticate;
  };

/** Answers with a job; a repeat's answer says so. */
export function sendJob(
  reply: FastifyReply,
  config: Pick<ApiConfig, "PUBLIC_URL">,
  { job, isReplay }: Accepted,
) {
  markReplay(reply, isReplay);
  reply.header("etag", etagOf(job));
  return reply.send(toWire(job, config.PUBLIC_URL ?? null));
}

/** Answers with a job that the request, or an equal one before, has made: when it is at rest, if the caller likes to wait. */
export async function sendMadeJob(
  { changes, config }: Pick<JobRouteDeps, "changes" | "config">,
  request: FastifyRequest,
  reply: FastifyReply,
  { job, isReplay }: Accepted,
) {
  const seconds = preferredWaitS(request.headers.prefer);
  const wait = seconds === null ? null : { job, seconds, isDone: isAtRest };
  const waited = wait && (await waitForJob(changes, request, reply, wait));
  if (waited) reply.header("preference-applied", `wait=${seconds}`);
  const isOver = waited !== null && isAtRest(waited);
  reply.code(isReplay || isOver ? 200 : 202).header("location", `/v1/jobs/${job.id}`);
  return sendJob(reply, config, { job: waited ?? job, isReplay });
}

export function jobRoutes(root: FastifyInstance, deps: JobRouteDeps): void {
  const { jobs, idempotency, config } = deps;
  const app = root.withTypeProvider<ZodTypeProvider>();
  const policy = createAddressPolicy({ allowCidrs: config.WEBHOOK_ALLOW_CIDRS ?? [] });

  app.post("/v1/jobs", postRoute(jobSchema(policy)), async (request, reply) => {
    const tenant = tenantOf(request.caller);
    expectProofs(deps);
    const scope = { tenant, route: "POST /v1/jobs", buys: true };
    const claim = await idempotency.claimOf(request.headers["idempotency-key"], scope, request.sent);
    // First: what was accepted once stays accepted, whatever prices and limits say today.
    const holder = claim && (await idempotency.findHolder(claim));
    const accepted = holder
      ? await replay(jobs, holder)
      : await acceptJob(jobs, config, tenant, request.body, claim);
    const { job, isReplay } = accepted;
    if (!isReplay) request.log.tell("job.accepted", { job_id: job.id, tenant, model: job.request.model });
    return sendMadeJob(deps, request, reply, await proveJob(deps, request, accepted));
  });
}

const postRoute = <Body extends z.ZodType>(body: Body) => ({
  schema: {
    operationId: "createJob",
    tags: ["Jobs"],
    summary: "Create a job",
    description:
      "Accepts a request for one video, which is a purchase, and answers as soon as it is as durable as the installation " +
      "wants. Only `input.prompt` is required; an unknown field is refused. Send an `Idempotency-Key`, so that a repeat " +
      "cannot buy twice: after a 503 with `job_id` the job may have been made, and the repeat tells.",
    headers: madeHeaders,
    body,
    response: {
      ...madeAnswers("The job is accepted."),
      ...postRefusals(
        "idempotency_key_required",
        "budget_exceeded",
        "forbidden",
        "too_many_queued",
        "memory_full",
      ),
    },
  },
});

/** What `sendMadeJob` heeds. */
export const madeHeaders = z.object({ ...idempotencyKey, ...prefer });

/** What `sendMadeJob` answers. */
export function madeAnswers(accepted: string) {
  const headers = ["Location", "ETag", "Preference-Applied"] as const;
  const repeated =
    "A repeat: the job that the first request made, as it is now. Or, with `Prefer: wait`, the job has ended or is unconfirmed.";
  return {
    200: answer(jobAnswer, repeated, [...headers, "Idempotent-Replayed"]),
    202: answer(jobAnswer, accepted, [...headers]),
  };
}
