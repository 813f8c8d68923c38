/**
 * A queue as bull-board sees it: a lane whose entries say which record they wake, and when. bull-board's own way to redact
 * (`setFormatter`) leaves out why an entry failed, and a reason may quote whatever the code had in its hands; so an entry is
 * made anew of what is known to be harmless, and everything that Onetake's queues have no use for is not there.
 */
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";

import { z } from "zod";

import { isDeliveryId, isJobId } from "../../shared/ids.ts";
import { stages } from "../../shared/queues.ts";
import type { Motor, Stage } from "../../shared/queues.ts";
import { deliveryPath, jobPath } from "./places.ts";

/** At a time, whatever the page asks for. */
const MOST_ENTRIES = 100;

const descriptions: Record<Stage, string> = {
  submit: "Spends money: an entry is a job that is to be sent to Novita, once.",
  poll: "Spends nothing: an entry is a job whose task is looked at until it has ended.",
  deliver: "Spends nothing: an entry is an event on its way to a webhook.",
};

type Entry = NonNullable<Awaited<ReturnType<BullMQAdapter["getJob"]>>>;
type Told = ReturnType<Entry["toJSON"]>;

/** Read-only: to retry, promote or remove an entry would bypass every rule that guards purchases. */
export class Lane extends BullMQAdapter {
  constructor(queue: Motor["queues"][Stage], stage: Stage) {
    super(queue, { readOnlyMode: true, description: descriptions[stage], externalJobUrl: linkToRecord });
  }

  override async getJob(id: string) {
    const entry = await super.getJob(id);
    return entry && redacted(entry);
  }

  override async getJobs(statuses: Parameters<BullMQAdapter["getJobs"]>[0], start = 0, end = MOST_ENTRIES) {
    const entries = await super.getJobs(statuses, start, Math.min(end, start + MOST_ENTRIES - 1));
    return entries.map(redacted);
  }

  /** No entry of ours has children. */
  override getStatuses() {
    return super.getStatuses().filter((status) => status !== "waiting-children");
  }

  // Nobody writes logs, schedules or flows, so whatever is there is not ours to show; nor are workers' addresses.
  override async getJobLogs() {
    return [];
  }
  override async getJobSchedulers() {
    return [];
  }
  override async getFlowProducer() {
    return null;
  }
  override async getWorkers() {
    return null;
  }
}

/** Fresh from Redis, so nobody else holds it. */
function redacted(entry: Entry): Entry {
  const told = withoutContent(entry.toJSON());
  return Object.assign(entry, { toJSON: () => told });
}

function withoutContent(told: Told) {
  const { opts, failedReason } = told;
  return {
    id: told.id,
    name: stages.find((stage) => stage === told.name) ?? "unknown",
    data: subjectOf(told.data) ?? {},
    timestamp: told.timestamp,
    processedOn: told.processedOn,
    finishedOn: told.finishedOn,
    delay: told.delay,
    priority: told.priority,
    attemptsMade: told.attemptsMade,
    attemptsStarted: told.attemptsStarted,
    stalledCounter: told.stalledCounter,
    opts: { attempts: opts.attempts, delay: opts.delay, priority: opts.priority },
    failedReason: failedReason && (harmlessReasons.has(failedReason) ? failedReason : WITHHELD),
    stacktrace: [],
    progress: 0,
    returnvalue: null,
  };
}

/** BullMQ's own words, without anything of ours in them. */
const harmlessReasons: ReadonlySet<string> = new Set(["job stalled more than allowable limit"]);
const WITHHELD = "Left out, since it may quote what a caller sent. The record tells what has become of it.";

const Subject = z.object({
  id: z.string().refine((id) => isJobId(id) || isDeliveryId(id)),
  n: z.number(),
});

/** Which record an entry wakes; null: it is none of ours. */
const subjectOf = (data: unknown): z.infer<typeof Subject> | null => Subject.safeParse(data).data ?? null;

function linkToRecord({ data }: { data: unknown }) {
  const id = subjectOf(data)?.id ?? "";
  if (isJobId(id)) return { displayText: "The job", href: jobPath(id) };
  return { displayText: "The delivery", href: deliveryPath(id) };
}
