/** The routes by which a caller follows a job: read it, wait for it, have it streamed, look back. */
import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";

import type { Job } from "../../shared/job.ts";
import { prefersEvents } from "../http/accept.ts";
import { answer, emptyAnswer, refusals } from "../answers.ts";
import { eventStream, historyAnswer } from "../answers/history.ts";
import { jobAnswer } from "../answers/job.ts";
import { findJob } from "../decide.ts";
import { etagOf, parseKnown } from "../http/etag.ts";
import { ifNoneMatch, lastEventId, prefer } from "../http/headers.ts";
import { toWireEntry } from "../watch/history.ts";
import { forReaders } from "../openapi/access.ts";
import { jobParams, waitQuery } from "../schemas.ts";
import { streamJob } from "../watch/stream-job.ts";
import { isAtRest, waitAsAsked, waitForJob } from "../watch/wait.ts";
import { sendJob } from "./jobs.ts";
import type { JobRouteDeps } from "./jobs.ts";

export function watchRoutes(root: FastifyInstance, deps: JobRouteDeps): void {
  const { jobs, config } = deps;
  const app = root.withTypeProvider<ZodTypeProvider>();

  app.get("/v1/jobs/:id", getRoute, async (request, reply) => {
    const { record } = await findJob(jobs, request, request.params.id);
    reply.header("vary", "accept");
    const isStream = request.method === "GET" && prefersEvents(request.headers.accept);
    if (isStream) return streamJob(deps, request, reply, record);
    const isKnown = parseKnown(request.headers["if-none-match"]);
    const isDone = isKnown ? (job: Job) => !isKnown(job) : isAtRest;
    const waited = await waitAsAsked(request, reply, request.query.wait, (seconds) =>
      waitForJob(deps.changes, request, reply, { job: record, isDone, seconds }),
    );
    const job = waited ?? record;
    reply.header("cache-control", "private, no-cache");
    if (isKnown?.(job)) return sendUnchanged(reply, job);
    return sendJob(reply, config, { job, isReplay: false });
  });

  app.get("/v1/jobs/:id/events", eventsRoute, async (request) => {
    const { record } = await findJob(jobs, request, request.params.id);
    const history = await jobs.readHistory(record.id);
    return { data: history.map(toWireEntry) };
  });
}

const sendUnchanged = (reply: FastifyReply, job: Job) => reply.code(304).header("etag", etagOf(job)).send();

const getRoute = {
  schema: {
    operationId: "getJob",
    tags: ["Jobs"],
    summary: "Get a job, wait for it, or follow it",
    description:
      "The job as it is now. With `wait` the answer comes when the job has ended or is unconfirmed, with `If-None-Match` as " +
      "soon as it is not as the ETag says; at the latest after that many seconds, with the job as it is then. With `Accept: " +
      "text/event-stream` the job's history is streamed: from its beginning or after `Last-Event-ID`, until the job has " +
      "ended. The operator may read every tenant's.",
    security: forReaders,
    params: jobParams,
    querystring: waitQuery,
    headers: z.object({ ...ifNoneMatch, ...prefer, ...lastEventId }),
    response: {
      200: {
        ...answer(jobAnswer, "The job, or its events.", ["ETag", "Preference-Applied"]),
        content: { "application/json": { schema: jobAnswer }, "text/event-stream": { schema: eventStream } },
      },
      204: emptyAnswer("The job has ended, and its last event is the one that you named: do not come back."),
      304: emptyAnswer("The job is as you know it.", ["ETag", "Preference-Applied"]),
      ...refusals("not_found", "too_many_open"),
    },
  },
};

const eventsRoute = {
  schema: {
    operationId: "listJobEvents",
    tags: ["Jobs"],
    summary: "Get the history of a job",
    description: "What happened to the job, oldest first. The operator may read every tenant's.",
    security: forReaders,
    params: jobParams,
    response: { 200: answer(historyAnswer, "The history."), ...refusals("not_found") },
  },
};
