/** The operator's routes: they are there only if the configuration knows an operator's key, and take no other. */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import type { Submissions } from "../../shared/store/submissions.ts";
import { iso, isoOrNull } from "../../shared/wire.ts";
import { answer, postRefusals, refusals } from "../answers.ts";
import { auditAnswer, pauseAnswer, submissionsAnswer } from "../answers/admin.ts";
import { readAuditLog } from "../lists/audit-log.ts";
import { nameOf, requireOperator } from "../auth.ts";
import { idempotencyHeaders } from "../http/headers.ts";
import { markReplay } from "../idempotency.ts";
import { forOperator } from "../openapi/access.ts";
import { auditQuery } from "../lists/queries.ts";
import { emptySchema, pauseSchema } from "../schemas.ts";
import { changeSetting } from "../setting.ts";
import type { SettingDeps } from "../setting.ts";
import { pauseSubmissions, readSubmissions, resumeSubmissions, submissionsSetting } from "../submissions.ts";
import { adminListRoutes } from "./lists.ts";
import type { ListDeps } from "./lists.ts";

export function adminRoutes(root: FastifyInstance, deps: SettingDeps & ListDeps): void {
  root.addHook("onRequest", async (request) => requireOperator(request.caller));
  adminListRoutes(root, deps);
  submissionRoutes(root, deps);
  auditRoutes(root, deps);
}

function submissionRoutes(root: FastifyInstance, deps: SettingDeps): void {
  const { redis, keys } = deps;
  const app = root.withTypeProvider<ZodTypeProvider>();
  const setting = submissionsSetting(keys);

  app.get("/v1/admin/submissions", submissionsRoute, async () => {
    const { submissions, breaker, slotsInUse } = await readSubmissions(redis, keys);
    const { cause, since, failures } = breaker;
    return {
      ...pauseOf(submissions),
      breaker: { open: cause !== null, cause, since: isoOrNull(since), failures },
      slots_in_use: slotsInUse,
    };
  });

  app.post("/v1/admin/submissions/pause", pauseRoute, async (request, reply) => {
    const { record, isReplay } = await changeSetting(deps, request, setting, {
      action: "submissions.pause",
      choose: pauseSubmissions(nameOf(request.caller), request.body?.reason ?? null),
    });
    markReplay(reply, isReplay);
    return pauseOf(record);
  });

  app.post("/v1/admin/submissions/resume", resumeRoute, async (request, reply) => {
    const { record, isReplay } = await changeSetting(deps, request, setting, {
      action: "submissions.resume",
      choose: resumeSubmissions,
    });
    markReplay(reply, isReplay);
    return pauseOf(record);
  });
}

function auditRoutes(root: FastifyInstance, { redis, keys }: SettingDeps): void {
  root.withTypeProvider<ZodTypeProvider>().get("/v1/admin/audit", auditRoute, async (request) => {
    const { lines, next } = await readAuditLog(redis, keys, request.query);
    return { data: lines.map((line) => ({ ...line, at: iso(line.at) })), next };
  });
}

const pauseOf = ({ status, since, by, reason }: Submissions) => ({
  paused: status === "paused",
  since: isoOrNull(since),
  by,
  reason,
});

const submissionsRoute = {
  schema: {
    operationId: "getSubmissions",
    tags: ["Operator"],
    summary: "Is anything bought, and if not, why not?",
    description:
      "The operator's pause, the breaker that opens when Novita cannot be bought from, and how many slots are in use.",
    security: forOperator,
    response: { 200: answer(submissionsAnswer, "As it is now."), ...refusals("forbidden", "not_found") },
  },
};

const pauseRoute = {
  schema: {
    operationId: "pauseSubmissions",
    tags: ["Operator"],
    summary: "Pause submissions",
    description:
      "From now on no job is submitted, by any worker; queued ones wait, and their start timeouts go on. Requests that are on " +
      "their way are not stopped. Tasks are watched, webhooks sent and jobs canceled as before. Pausing again changes nothing.",
    security: forOperator,
    headers: idempotencyHeaders,
    body: pauseSchema,
    response: {
      200: answer(pauseAnswer, "Paused, now or earlier.", ["Idempotent-Replayed"]),
      ...postRefusals("forbidden", "not_found"),
    },
  },
};

const resumeRoute = {
  schema: {
    operationId: "resumeSubmissions",
    tags: ["Operator"],
    summary: "Resume submissions",
    description:
      "Ends the operator's pause: queued jobs go on within about a second. The breaker is not affected.",
    security: forOperator,
    headers: idempotencyHeaders,
    body: emptySchema,
    response: {
      200: answer(pauseAnswer, "Not paused, now or earlier.", ["Idempotent-Replayed"]),
      ...postRefusals("forbidden", "not_found"),
    },
  },
};

const auditRoute = {
  schema: {
    operationId: "listAudit",
    tags: ["Operator"],
    summary: "List who decided what",
    description:
      "Who resolved, paused, resumed, rotated, made or revoked, newest first. About the last 10,000 entries are kept.",
    security: forOperator,
    querystring: auditQuery,
    response: {
      200: answer(auditAnswer, "A page of the log."),
      ...refusals("forbidden", "not_found"),
    },
  },
};
