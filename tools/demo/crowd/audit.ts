// What must be true when a run of many jobs has come to rest, whatever was done to it. It believes nobody's summary: it
// compares what callers read, what Novita sold and what receivers got.
import { type Job, hasEnded } from "../job.ts";

export type Evidence = {
  jobs: {
    n: number;
    id: string;
    mayBuyTwice: boolean;
    /** As a caller reads it; null: nobody knows it. */
    found: Job | null;
  }[];
  /** Novita's books. `job`: the number of the job that it was sold for, as text. */
  sold: { job: string | null; taskId: string }[];
  /** In the order in which they came. */
  webhooks: Webhook[];
};

export type Webhook = {
  jobId: string;
  type: string;
  eventId: string;
  body: string;
  isVerified: boolean;
  /** The receiver answered 2xx. */
  isTaken: boolean;
};

export type Verdict = {
  /** Of jobs for which more was bought than anybody asked for. */
  boughtTwice: number;
  /** Of jobs that are unknown, not at rest, or whose end was never told. */
  lost: number;
  /** Of jobs whose end, or unconfirmed rest, came to the receiver and was verified. */
  told: number;
  /** Every rule that was broken, in words; empty: none. */
  findings: string[];
};

type Finding = { about: "bought twice" | "lost" | "other"; says: string };

export function auditJobs(evidence: Evidence): Verdict {
  const judged = evidence.jobs.map((job) => judge(job, evidence));
  const count = (about: Finding["about"]) =>
    judged.filter((findings) => findings.some((finding) => finding.about === about)).length;
  const strangers = evidence.webhooks.filter(({ jobId }) => !evidence.jobs.some(({ id }) => id === jobId));
  const others = strangers
    .filter(({ isVerified }) => !isVerified)
    .map(() => "a webhook of nobody's has no good signature");
  return {
    boughtTwice: count("bought twice"),
    lost: count("lost"),
    told: evidence.jobs.filter((job) => isTold(job, evidence.webhooks)).length,
    findings: [...judged.flat().map(({ says }) => says), ...others],
  };
}

type Judged = Evidence["jobs"][number];

function judge(job: Judged, { sold, webhooks }: Evidence): Finding[] {
  const own = webhooks.filter(({ jobId }) => jobId === job.id);
  const bought = sold.filter((sale) => sale.job === String(job.n)).map(({ taskId }) => taskId);
  return [...judgePurchases(job, bought), ...judgeRest(job, bought), ...judgeNews(job, own)];
}

function judgePurchases({ n, mayBuyTwice }: Judged, bought: string[]): Finding[] {
  const allowed = mayBuyTwice ? 2 : 1;
  if (bought.length <= allowed) return [];
  return [
    { about: "bought twice", says: `job ${n} was bought ${bought.length} times, and ${allowed} asked for` },
  ];
}

/** At rest: one end, or unconfirmed with a cause. */
function judgeRest({ n, id, found }: Judged, bought: string[]): Finding[] {
  const lost = (says: string): Finding[] => [{ about: "lost", says: `job ${n} ${says}` }];
  if (found === null) return lost(`(${id}) was accepted, and nobody knows it`);
  if (found.status === "unconfirmed") return found.error ? [] : lost("is unconfirmed, and nobody says why");
  if (!hasEnded(found)) return lost(`is still ${found.status}`);
  if (found.status !== "succeeded") return found.error ? [] : lost(`is ${found.status}, and nobody says why`);
  if (!found.video) return lost("succeeded without a video");
  if (found.task_id === null || !bought.includes(found.task_id))
    return lost("has a video that Novita did not sell");
  return [];
}

function judgeNews(job: Judged, own: Webhook[]): Finding[] {
  const other = (says: string): Finding => ({ about: "other", says: `job ${job.n} ${says}` });
  const findings: Finding[] = [];
  if (own.some(({ isVerified }) => !isVerified))
    findings.push(other("had a webhook without a good signature"));
  for (const type of new Set(own.map((webhook) => webhook.type).filter(endsJob))) {
    const same = own.filter((webhook) => webhook.type === type);
    if (new Set(same.map(({ eventId }) => eventId)).size > 1)
      findings.push(other(`was told ${type} by two events`));
    if (new Set(same.map(({ body }) => body)).size > 1)
      findings.push(other(`was told ${type} in two bodies`));
  }
  const ends = new Set(
    own.map(({ type }) => type).filter((type) => endsJob(type) && type !== "job.recovered"),
  );
  if (ends.size > 1) findings.push(other(`was told of two ends: ${[...ends].join(", ")}`));
  if (job.found && !isTold(job, own)) {
    findings.push({
      about: "lost",
      says: `job ${job.n} is ${job.found.status}, and no receiver took its webhook`,
    });
  }
  return findings;
}

function isTold({ id, found }: Judged, webhooks: Webhook[]): boolean {
  return webhooks.some(
    ({ jobId, type, isTaken, isVerified }) =>
      jobId === id && isTaken && isVerified && found !== null && tellsOf(type, found.status),
  );
}

/** A success that came late was told as a recovery. */
export const tellsOf = (type: string, status: string): boolean =>
  type === `job.${status}` || (status === "succeeded" && type === "job.recovered");

const endsJob = (type: string): boolean =>
  ["job.succeeded", "job.failed", "job.canceled", "job.expired", "job.recovered"].includes(type);
