import type { Delivery } from "../../src/shared/delivery.ts";
import { settleJob } from "../../src/shared/settle.ts";
import type { AttemptEntry } from "../../src/shared/store/attempts.ts";
import type { Ledger } from "../../src/shared/store/ledger.ts";
import { newJob, newRequest, NOON } from "./job.ts";

/** A delivery in its first attempt; `patch` makes another of it. */
export const newDelivery = (patch: Partial<Delivery> = {}): Delivery => ({
  id: "dlv_1_job",
  tenant: "acme",
  jobId: "job_1",
  eventId: "evt_1",
  eventType: "job.succeeded",
  endpointId: null,
  url: "https://hooks.example/",
  isTest: false,
  status: "delivering",
  version: 2,
  generation: 1,
  attempt: 1,
  failures: 0,
  nextAt: NOON,
  lastStatus: null,
  lastError: null,
  createdAt: NOON,
  finishedAt: null,
  idempotencyKeys: [],
  ...patch,
});

type WithLedger = { ledger: Pick<Ledger, "jobs" | "deliveries"> };

const HOOK = "https://hooks.example.com/in?token=t";

/** The delivery of a canceled job's event, written as it is after `patch`. */
export async function putDelivery(
  { ledger }: WithLedger,
  patch: Partial<Delivery> = {},
  { tenant = "acme", url = HOOK, at }: { tenant?: string; url?: string; at?: number } = {},
): Promise<Delivery & { jobId: string }> {
  const request = newRequest({ webhook: { url, events: ["job.*"] } });
  const job = newJob(at ?? (await ledger.jobs.readClock()), { tenant, request });
  const canceled = settleJob(job, { as: "canceled" }, job.createdAt);
  await ledger.jobs.createJob({ ...canceled, transition: null, job: { ...canceled.job, version: 1 } });
  const [delivery] = await ledger.deliveries.deliveriesOf(job.id);
  if (!delivery) throw new Error(`The job ${job.id} has raised no delivery.`);
  const changed =
    Object.keys(patch).length > 0 ? await changeDelivery({ ledger }, delivery, patch) : delivery;
  return { ...changed, jobId: job.id };
}

export async function changeDelivery<Known extends Delivery>(
  { ledger }: WithLedger,
  before: Known,
  patch: Partial<Delivery>,
  attempt?: AttemptEntry,
): Promise<Delivery & Pick<Known, "jobId">> {
  const after = await ledger.deliveries.writeDelivery(before, patch, await ledger.jobs.readClock(), attempt);
  if (!after) throw new Error(`The delivery ${before.id} has moved.`);
  return { ...after, jobId: before.jobId };
}

/** The record as it stands. */
export async function readDelivery({ ledger }: WithLedger, id: string): Promise<Delivery> {
  const found = await ledger.deliveries.readDelivery(id);
  if (!found) throw new Error(`There is no delivery ${id}.`);
  return found.record;
}
