/** Redelivery by filter: everything that fits is sent once more, or only counted. */
import type { FastifyRequest } from "fastify";

import { isJobId } from "../shared/ids.ts";
import type { Delivery } from "../shared/delivery.ts";
import type { Ledger } from "../shared/store/ledger.ts";
import { testEvent } from "../shared/webhook/event.ts";
import { tenantOf } from "./auth.ts";
import { fitsFilter, isOwnEndpoint, readOutbox } from "./lists/delivery-list.ts";
import { climbAll, climbIndexes } from "./lists/list.ts";
import type { Walk } from "./lists/list.ts";
import { resend } from "./resend.ts";
import type { Answer, ResendDeps } from "./resend.ts";
import type { RedeliverMany } from "./resend-schema.ts";

export type RedeliverManyDeps = ResendDeps & Pick<Ledger, "jobs">;

type Filter = RedeliverMany["filter"];

/** What was not delivered, unless the filter says what else. */
const MISSED = ["failed", "aborted"] as const;

export function redeliverMany(
  deps: RedeliverManyDeps,
  request: FastifyRequest,
  { filter, dry_run: isDryRun }: RedeliverMany,
): Promise<Answer> {
  const tenant = tenantOf(request.caller);
  const asked = { ...filter, status: filter.status ?? [...MISSED] };
  return resend(deps, request, {
    action: "deliveries.redeliver",
    tenant,
    subject: filter.endpoint_id ?? filter.job_id ?? null,
    endpointId: null,
    walk: walkOf(deps, tenant, asked),
    from: { at: filter.created_after ?? 0, id: "" },
    wants: (delivery) => isAskedFor(delivery, filter) && fitsFilter(delivery, asked),
    check: () => undefined,
    isDryRun,
  });
}

/** A test is sent again only by its name. */
const isAskedFor = ({ isTest }: Delivery, { event_type: types }: Filter): boolean =>
  !isTest || types?.includes(testEvent) === true;

/** Along whatever leaves the fewest to look at, which is found out at the first step. */
function walkOf(deps: RedeliverManyDeps, tenant: string, filter: Filter & { status: Status[] }): Walk {
  let walk: Walk | null = null;
  return async (after, count) => {
    walk ??= await chooseWalk(deps, tenant, filter);
    return walk(after, count);
  };
}

type Status = NonNullable<Filter["status"]>[number];

async function chooseWalk(
  { redis, keys, jobs }: RedeliverManyDeps,
  tenant: string,
  {
    status,
    endpoint_id: endpoint,
    job_id: job,
    created_before: before = Infinity,
  }: Filter & { status: Status[] },
): Promise<Walk> {
  if (job !== undefined) {
    const found = isJobId(job) ? await jobs.readJob(job) : null;
    const isOwn = found?.record.tenant === tenant;
    return climbAll(isOwn ? await readOutbox(redis, keys, found.record) : [], before);
  }
  if (endpoint === undefined) {
    const indexes = [...new Set(status)].map((each) => keys.deliveriesBy(tenant, each));
    return climbIndexes(redis, indexes, before);
  }
  if (!(await isOwnEndpoint(redis, keys, tenant, endpoint))) return climbAll([], before);
  // What it misses that is not in there has nothing left to be sent.
  const which = status.every((each) => each === "failed" || each === "aborted") ? "missed" : "all";
  return climbIndexes(redis, [keys.endpointDeliveries(endpoint, which)], before);
}
