/**
 * The record behind an entry of the board: how the job stands, its history, its deliveries, and nothing that its caller
 * wrote. Whoever needs that asks the API with the operator's key.
 */
import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";

import type { Delivery } from "../../shared/delivery.ts";
import { harmless } from "../../shared/erasure.ts";
import { isDeliveryId, isJobId } from "../../shared/ids.ts";
import type { Job } from "../../shared/job.ts";
import type { HistoryEntry } from "../../shared/store/jobs.ts";
import type { Ledger } from "../../shared/store/ledger.ts";
import { iso, toWire } from "../../shared/wire.ts";
import { deliveryToWire } from "../lists/delivery-wire.ts";
import { Problem } from "../problem.ts";
import { deliveryParams, jobParams, noQuery } from "../schemas.ts";
import { markup } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { sendPage } from "./page.ts";
import { BOARD_PATH, deliveryPath, jobPath } from "./places.ts";

export function jobPageRoutes(root: FastifyInstance, deps: Pick<Ledger, "jobs" | "deliveries">): void {
  const { jobs, deliveries } = deps;
  const app = root.withTypeProvider<ZodTypeProvider>();

  app.get(jobPath(":id"), jobRoute, async (request, reply) => {
    const { id } = request.params;
    const found = isJobId(id) ? await jobs.readJob(id) : null;
    if (!found) throw new Problem("not_found", "There is no such job, or it is kept no longer.");
    return sendJob(reply, found.record, await jobs.readHistory(id), await deliveries.deliveriesOf(id));
  });

  app.get(deliveryPath(":id"), deliveryRoute, async (request, reply) => {
    const { id } = request.params;
    const found = isDeliveryId(id) ? await deliveries.readDelivery(id) : null;
    const jobId = found?.record.jobId;
    if (!jobId)
      throw new Problem("not_found", "There is no such delivery of a job, or it is kept no longer.");
    return reply.redirect(jobPath(jobId), 303);
  });
}

const jobRoute = { schema: { hide: true, querystring: noQuery, params: jobParams } };
const deliveryRoute = { schema: { hide: true, querystring: noQuery, params: deliveryParams } };

const sendJob = (reply: FastifyReply, job: Job, history: HistoryEntry[], deliveries: Delivery[]) =>
  sendPage(
    reply,
    job.id,
    markup`<p><a href="${BOARD_PATH}">To the queues</a></p>
<table>${factsOf(job).map(([name, value]) => markup`<tr><th>${name}</th><td>${value}</td></tr>`)}</table>
<h2>History</h2>
${table(historyHeadings, history.map(lineOfHistory))}
<h2>Deliveries</h2>
${table(deliveryHeadings, deliveries.map(lineOfDelivery))}
<p class="note">What the caller wrote and the links to the video are left out: ask the API for them.</p>`,
  );

type Cell = string | number | null;

function factsOf(job: Job): [string, Cell][] {
  const { billing, error, ...wire } = toWire(job, null);
  const facts: [string, Cell][] = [
    ["status", wire.status],
    ["tenant", job.tenant],
    ["model", wire.model],
    ["priority", wire.priority],
    ["billing", billing.estimated === null ? billing.state : `${billing.state}, about $${billing.estimated}`],
    ["error", error && `${error.code}, in ${error.stage}`],
    ["attempts to buy", wire.attempts],
    ["Novita's tasks", wire.tasks.join(", ")],
    ["looks", wire.polls],
    ["progress", `${wire.progress} %`],
    ["retry of", wire.retry_of],
    ["retried by", wire.retried_by],
    ["created", wire.created_at],
    ["submitted", wire.submitted_at],
    ["deadline", wire.deadline_at],
    ["cancel requested", wire.cancel_requested_at],
    ["finished", wire.finished_at],
    ["erased", wire.erased_at],
  ];
  return facts.filter(([, value]) => value !== null && value !== "");
}

const historyHeadings = ["at", "what", "status", "detail"];

function lineOfHistory({ at, kind, fact: { status, version: _version, ...fact } }: HistoryEntry): Cell[] {
  const { kind: _kind, ...detail } = harmless({ kind, ...fact });
  const told = Object.entries(detail).map(([name, value]) => `${name} ${String(value)}`);
  return [iso(at), kind, status, told.join(", ")];
}

const deliveryHeadings = ["raised", "event", "to", "status", "attempts", "last answer", "next attempt"];

function lineOfDelivery(delivery: Delivery): Cell[] {
  const { created_at, event_type, url, status, attempts_made, ...last } = deliveryToWire(delivery);
  const answer = last.last_error ?? last.last_status;
  return [created_at, event_type, originOf(url), status, attempts_made, answer, last.next_attempt_at];
}

/** Paths and queries of webhooks may hold secrets. */
const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : "");

function table(headings: string[], lines: Cell[][]): Markup {
  if (lines.length === 0) return markup`<p>None.</p>`;
  return markup`<table>
<tr>${headings.map((heading) => markup`<th>${heading}</th>`)}</tr>
${lines.map((line) => markup`<tr>${line.map((cell) => markup`<td>${cell}</td>`)}</tr>`)}
</table>`;
}
