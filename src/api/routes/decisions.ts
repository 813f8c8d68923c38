/** The routes by which a caller decides about a job that exists: cancel, retry, resolve. */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import { newJobId } from "../../shared/ids.ts";
import { newJob } from "../../shared/job.ts";
import type { Job } from "../../shared/job.ts";
import { answer, postRefusals } from "../answers.ts";
import { jobAnswer } from "../answers/job.ts";
import { attachTask } from "../attach.ts";
import type { AttachDeps } from "../attach.ts";
import { tenantOf } from "../auth.ts";
import { decideJob, findJob, findMade } from "../decide.ts";
import { idempotencyHeaders } from "../http/headers.ts";
import { estimateWithin } from "../intake.ts";
import { forReaders } from "../openapi/access.ts";
import { Problem } from "../problem.ts";
import { expectProofs, proveJob } from "../prove-job.ts";
import { cancelJob, resolveJob } from "../resolve.ts";
import { aboveOwnMaxCost, retryJob } from "../retry.ts";
import { emptySchema, jobParams, resolveSchema } from "../schemas.ts";
import { madeAnswers, madeHeaders, sendJob, sendMadeJob } from "./jobs.ts";
import type { JobRouteDeps } from "./jobs.ts";

export function decisionRoutes(root: FastifyInstance, deps: JobRouteDeps & AttachDeps): void {
  const { jobs, config } = deps;
  const app = root.withTypeProvider<ZodTypeProvider>();

  app.post("/v1/jobs/:id/cancel", cancelRoute, async (request, reply) => {
    const known = await findJob(jobs, request, request.params.id);
    tenantOf(request.caller);
    expectProofs(deps);
    const accepted = await decideJob(deps, request, known, {
      verb: "cancel",
      buys: false,
      choose: cancelJob,
    });
    return sendJob(reply, config, await proveJob(deps, request, accepted, isCanceled));
  });

  app.post("/v1/jobs/:id/retry", retryRoute, async (request, reply) => {
    expectProofs(deps);
    const repeated = await findMade(deps, request, request.params.id, { verb: "retry", buys: true });
    if (repeated) return sendMadeJob(deps, request, reply, await proveJob(deps, request, repeated));
    const known = await findJob(jobs, request, request.params.id);
    tenantOf(request.caller);
    const id = newJobId();
    const fresh = ({ id: retryOf, tenant, request: asked }: Job, createdAt: number): Job | Problem => {
      const estimate = estimateWithin(asked, config, aboveOwnMaxCost);
      if (estimate instanceof Problem) return estimate;
      return newJob({ id, tenant, request: asked, estimate, createdAt, retryOf, idempotencyKeys: [] });
    };
    const accepted = await decideJob(deps, request, known, {
      verb: "retry",
      buys: true,
      makes: id,
      choose: (job, now, claim) => retryJob(job, () => fresh(job, now), claim !== null),
    });
    return sendMadeJob(deps, request, reply, await proveJob(deps, request, accepted));
  });

  app.post("/v1/jobs/:id/resolve", resolveRoute, async (request, reply) => {
    const known = await findJob(jobs, request, request.params.id);
    expectProofs(deps);
    const { body } = request;
    const accepted =
      body.action === "attach"
        ? await attachTask(deps, request, reply, known, { taskId: body.task_id, attempt: body.attempt })
        : await decideJob(deps, request, known, {
            verb: "resolve",
            buys: body.action === "resubmit",
            deed: `resolve.${body.action}`,
            choose: (job, now) => resolveJob(job, body.action, body.attempt, now),
          });
    const { attempts } = accepted.job;
    const isResolved = (job: Job) => job.status !== "unconfirmed" || job.attempts.length > attempts.length;
    return sendJob(reply, config, await proveJob(deps, request, accepted, isResolved));
  });
}

const isCanceled = ({ status, cancelRequestedAt }: Job): boolean =>
  status === "canceled" || cancelRequestedAt !== null;

const REPEATED = "A repeat with the same Idempotency-Key is answered with the job and does nothing.";

const cancelRoute = {
  schema: {
    operationId: "cancelJob",
    tags: ["Jobs"],
    summary: "Cancel a job",
    description:
      "Ends a job that nobody wants any more. Novita cannot stop a task: one that is on its way is watched to its end, and its " +
      `video, being paid for, is kept. A job that is being submitted gets \`cancel_requested_at\` and ends a little later. ${REPEATED}`,
    params: jobParams,
    headers: idempotencyHeaders,
    body: emptySchema,
    response: {
      200: answer(jobAnswer, "The job, also when it is canceled already.", ["ETag", "Idempotent-Replayed"]),
      ...postRefusals("forbidden", "not_found", "conflict"),
    },
  },
};

const retryRoute = {
  schema: {
    operationId: "retryJob",
    tags: ["Jobs"],
    summary: "Buy a job once more",
    description:
      "Makes a new job, a new purchase, of one that failed, expired or was canceled. Without an `Idempotency-Key` a job is " +
      "retried once: another time is a 409 that names the job of the first. An unconfirmed job is resolved instead.",
    params: jobParams,
    headers: madeHeaders,
    body: emptySchema,
    response: {
      ...madeAnswers("The new job; `retry_of` names the old one."),
      ...postRefusals(
        "idempotency_key_required",
        "budget_exceeded",
        "forbidden",
        "not_found",
        "conflict",
        "gone",
        "too_many_queued",
        "memory_full",
      ),
    },
  },
};

const resolveRoute = {
  schema: {
    operationId: "resolveJob",
    tags: ["Jobs"],
    summary: "Decide about an unconfirmed job",
    description:
      "Nobody can know whether an unconfirmed job was bought. `resubmit` buys it again, and perhaps twice; `fail` gives it up; " +
      "`attach`, for the operator only, takes the task that was found to be its, after a look at it. A look that comes after " +
      "a 504 still attaches, and a repeat finds it done. While submissions are paused, `attach` takes a queued job too: a Redis " +
      "that was restored may call queued what was bought. Name the `attempt` that you judged, so that a job that has moved on " +
      `is left alone. ${REPEATED}`,
    security: forReaders,
    params: jobParams,
    headers: idempotencyHeaders,
    body: resolveSchema,
    response: {
      200: answer(jobAnswer, "The job.", ["ETag", "Idempotent-Replayed"]),
      ...postRefusals(
        "idempotency_key_required",
        "budget_exceeded",
        "forbidden",
        "not_found",
        "conflict",
        "too_many_open",
        "upstream_unavailable",
      ),
    },
  },
};
