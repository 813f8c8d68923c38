/** Whether everybody was told what they must be told, once, and not before they asked to be. */
import type { Evidence, JobEvidence } from "../evidence.ts";
import type { Webhook } from "../inbox.ts";
import { type Finding, finder } from "./finding.ts";

/** The moves that raise an event to whoever gave no choice of their own. */
const eventOf = new Map([
  ["lose", "job.unconfirmed"],
  ["succeed", "job.succeeded"],
  ["fail", "job.failed"],
  ["cancel", "job.canceled"],
  ["expire", "job.expired"],
  ["recover", "job.recovered"],
]);

const isTaken = ({ answer }: Webhook): boolean => answer.startsWith("2");

export function checkTold({ jobs, webhooks, endpoints }: Evidence): Finding[] {
  const broken = finder("told");
  const byJob = Map.groupBy(webhooks, ({ jobId }) => jobId);
  const known = new Set(jobs.map(({ id }) => id));
  return [
    ...webhooks
      .filter(({ fault }) => fault !== null)
      .map(({ n, fault }) => broken(`a webhook for job ${n} is no good: ${fault}`)),
    ...webhooks
      .filter(({ fault, jobId }) => fault === null && !known.has(jobId))
      .map(({ jobId }) => broken(`a webhook tells of ${jobId}, which nobody asked for`)),
    ...[...Map.groupBy(webhooks, ({ eventId }) => eventId)]
      .filter(([, same]) => new Set(same.map(({ body }) => body)).size > 1)
      .map(([id]) => broken(`${id} came with two bodies`)),
    ...jobs.flatMap((job) => {
      const mine = endpoints.filter(({ tenant }) => tenant === job.tenant).map(({ n }) => n);
      return checkNews(job, byJob.get(job.id) ?? [], [null, ...mine]);
    }),
  ];
}

/** `addresses`: endpoints, and null for the job's own. */
function checkNews(job: JobEvidence, own: Webhook[], addresses: Webhook["endpoint"][]): Finding[] {
  const broken = finder("told");
  const expected = eventsOf(job);
  const types = new Set([...expected.keys(), ...own.map(({ type }) => type)]);
  const strays = own
    .filter(({ endpoint }) => !addresses.includes(endpoint))
    .map(({ endpoint }) =>
      broken(`job ${job.n} was told to endpoint ${endpoint}, which is another tenant's`),
    );
  const missed = [...types].flatMap((type) => {
    const came = own.filter((webhook) => webhook.type === type);
    const ids = new Set(came.map(({ eventId }) => eventId)).size;
    const wanted = expected.get(type) ?? 0;
    if (ids > wanted)
      return [broken(`job ${job.n} was told ${type} by ${ids} events, and it came to that ${wanted} times`)];
    // Erasure stops deliveries that are under way.
    if (job.isErased) return [];
    return addresses.flatMap((address) => {
      const there = came.filter((webhook) => webhook.endpoint === address && isTaken(webhook));
      const taken = new Set(there.map(({ eventId }) => eventId)).size;
      const at = address === null ? "" : ` by endpoint ${address}`;
      return taken < wanted
        ? [broken(`job ${job.n}: ${type} was taken ${taken} times of ${wanted}${at}`)]
        : [];
    });
  });
  return [...strays, ...missed];
}

/** How often each event must have been raised, by the job's own history. */
export function eventsOf({ history }: Pick<JobEvidence, "history">): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { transition } of history) {
    const type = eventOf.get(transition ?? "");
    if (type !== undefined) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}

/** WEBHOOK_TIMEOUT_MS of the run, and some. */
const ATTEMPT_MS = 2500;

/** An answer that came when its attempt was over asked nothing of anybody: the worker, or the receiver, stood still. */
const wasHeard = (at: number, nextAt: number, troubled: Evidence["troubled"]): boolean =>
  !troubled.some(({ from, to, target }) => canDelay(target) && from < nextAt && at - ATTEMPT_MS < to);

const canDelay = (target: string): boolean => target === "harness" || target.startsWith("worker");

/** Clocks are read on both sides of a line. */
const CLOCK_SLACK_MS = 25;

export function checkRetryAfter({ webhooks, troubled }: Evidence): Finding[] {
  const broken = finder("retry-after");
  // Each address asks for itself.
  const deliveries = Map.groupBy(webhooks, ({ eventId, endpoint }) => `${eventId} ${endpoint ?? "own"}`);
  return [...deliveries.values()].flatMap((same) =>
    same.flatMap((one, index) => {
      const next = same[index + 1];
      const waitMs = (one.retryAfterS ?? 0) * 1000;
      if (!next || next.at - one.at >= waitMs - CLOCK_SLACK_MS) return [];
      if (!wasHeard(one.at, next.at, troubled)) return [];
      return [
        broken(`${one.eventId} was to come back after ${waitMs} ms, and came after ${next.at - one.at}`),
      ];
    }),
  );
}
