/** The lists of jobs: a tenant's own, and for the operator those of all tenants. */
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import type { ApiConfig } from "../../shared/config.ts";
import type { Ledger } from "../../shared/store/ledger.ts";
import { everyone } from "../../shared/store/keys.ts";
import { toWire } from "../../shared/wire.ts";
import { answer, refusals } from "../answers.ts";
import { adminJobAnswer, jobAnswer } from "../answers/job.ts";
import { pageAnswer } from "../answers/list.ts";
import { readJobPage } from "../lists/job-list.ts";
import { forOperator } from "../openapi/access.ts";
import { Problem } from "../problem.ts";
import { adminJobListQuery, jobListQuery } from "../lists/queries.ts";

export type ListDeps = Pick<Ledger, "redis" | "keys"> & { config: ApiConfig };

export function listRoutes(root: FastifyInstance, deps: ListDeps): void {
  const publicUrl = deps.config.PUBLIC_URL ?? null;

  root.withTypeProvider<ZodTypeProvider>().get("/v1/jobs", listRoute, async (request) => {
    const { caller, query, log } = request;
    if (caller.as === "operator") {
      throw new Problem(
        "forbidden",
        "The operator has no jobs of its own: GET /v1/admin/jobs lists those of all tenants.",
      );
    }
    const page = await readJobPage({ ...deps, log }, caller.tenant, query);
    return { data: page.records.map((job) => toWire(job, publicUrl)), next: page.next };
  });
}

/** Whoever calls it sees to it that only the operator gets there. */
export function adminListRoutes(root: FastifyInstance, deps: ListDeps): void {
  const publicUrl = deps.config.PUBLIC_URL ?? null;

  root.withTypeProvider<ZodTypeProvider>().get("/v1/admin/jobs", adminListRoute, async ({ query, log }) => {
    const page = await readJobPage({ ...deps, log }, query.tenant ?? everyone, query);
    const data = page.records.map((job) => ({ ...toWire(job, publicUrl), tenant: job.tenant }));
    return { data, next: page.next };
  });
}

const listRoute = {
  schema: {
    operationId: "listJobs",
    tags: ["Jobs"],
    summary: "List jobs",
    description:
      "Newest first. Filters add up. Whoever follows `next` meets each job that fits all the while exactly once, whatever is " +
      "created meanwhile; one that begins or ceases to fit on the way may be met or not, and never twice.",
    querystring: jobListQuery,
    response: {
      200: answer(pageAnswer("JobList", jobAnswer, "A page of jobs."), "A page."),
      ...refusals("forbidden"),
    },
  },
};

const adminListRoute = {
  schema: {
    operationId: "listAllJobs",
    tags: ["Operator"],
    summary: "List the jobs of all tenants",
    description:
      "As `GET /v1/jobs`, over all tenants or one of them; each job says whose it is. Tags and references are indexed by tenant: " +
      "without `tenant` they are looked for one job after the other, and a page may be short.",
    security: forOperator,
    querystring: adminJobListQuery,
    response: {
      200: answer(pageAnswer("AdminJobList", adminJobAnswer, "A page of jobs."), "A page."),
      ...refusals("forbidden", "not_found"),
    },
  },
};
