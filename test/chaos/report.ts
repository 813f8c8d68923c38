/** What a run has shown, as figures and as a plain table. */
import { peakOf } from "./audit/money.ts";
import { eventsOf } from "./audit/news.ts";
import type { Finding } from "./audit/finding.ts";
import type { Evidence } from "./evidence.ts";
import { faultKinds } from "./kinds.ts";
import { hashOf, type Plan } from "./plan.ts";
import { measureRecovery, type Spread } from "./recovery.ts";
import type { Outcome } from "./run.ts";
import { type Tally, tallyFaults, tooFew } from "./tally.ts";

export type Report = ReturnType<typeof makeReport>;

export function makeReport(plan: Plan, outcome: Outcome, findings: readonly Finding[]) {
  const { evidence, disturbances, ledger, journal, callers, unsettled } = outcome;
  const faults = tallyFaults(plan, disturbances, ledger, evidence.webhooks);
  const { seed, jobs, faults: faultCount, appendfsync } = plan;
  const of = (invariant: Finding["invariant"]) =>
    findings.filter((one) => one.invariant === invariant).length;
  return {
    seed,
    jobs,
    faultCount,
    appendfsync,
    planHash: hashOf(plan),
    durationS: Math.round(outcome.durationMs / 1000),
    faults,
    purchases: evidence.sold.length,
    accepted: evidence.jobs.length,
    duplicatesPaid: of("paid once"),
    lost: of("accepted") + of("ended"),
    tasksForgotten: of("no task forgotten"),
    webhooks: { received: evidence.webhooks.length, events: eventsRaised(evidence), missed: of("told") },
    feeds: { events: evidence.feeds.reduce((sum, { read }) => sum + read.length, 0), broken: of("feed") },
    peakInFlight: { seen: peakOf(evidence.sold, Infinity), cap: evidence.cap.maxInFlight },
    ends: endsOf(evidence),
    unconfirmed: unconfirmedOf(evidence),
    callers: { ...journal.deeds, ...callers },
    recovery: measureRecovery(disturbances, stepsOf(evidence), waysOf(outcome)),
    processes: evidence.processes.filter(({ early }) => early !== null),
    broken: [
      ...findings.map(({ invariant, says }) => `${invariant}: ${says}`),
      ...tooFew(faults),
      ...unsettled.slice(0, 20).map((what) => `not over in time: ${what}`),
    ],
    replay: `npm run chaos -- --seed ${seed} --jobs ${jobs} --faults ${faultCount}`,
  };
}

const eventsRaised = ({ jobs }: Evidence): number =>
  jobs.reduce((sum, job) => sum + [...eventsOf(job).values()].reduce((a, b) => a + b, 0), 0);

function endsOf({ jobs }: Evidence): Record<string, number> {
  return countBy(jobs, ({ found }) => {
    if (!found) return "nobody knows it";
    return found.error ? `${found.status}: ${found.error.code}` : found.status;
  });
}

/** Why a job was ever unconfirmed, in the product's words without what is told apart by the case. */
function unconfirmedOf({ jobs }: Evidence): Record<string, number> {
  const causes = jobs.flatMap(({ history }) =>
    history
      .filter(({ transition }) => transition === "lose")
      .map(({ message }) => (message ?? "erased since").replaceAll(/\d+/g, "N")),
  );
  return countBy(causes, (cause) => cause);
}

function countBy<T>(items: readonly T[], nameOf: (item: T) => string): Record<string, number> {
  const groups = Map.groupBy(items, nameOf);
  return Object.fromEntries(
    [...groups].map(([name, same]): [string, number] => [name, same.length]).sort(([, a], [, b]) => b - a),
  );
}

const stepsOf = ({ sold, webhooks }: Evidence): number[] => [
  ...sold.map(({ acceptedAt }) => acceptedAt),
  ...webhooks.map(({ at }) => at),
];

function waysOf({ evidence, journal }: Outcome) {
  const acceptedAt = new Map(journal.accepted.map(({ id, at }) => [id, at]));
  return evidence.jobs.map(({ id, history }) => {
    const steps = history.map(({ at }) => Date.parse(at));
    return { acceptedAt: acceptedAt.get(id) ?? 0, endedAt: steps.at(-1) ?? null, steps };
  });
}

export function showReport(report: Report): string {
  const { recovery, webhooks, peakInFlight } = report;
  const rows: [string, string][] = [
    ["seed", `${report.seed} (plan ${report.planHash}, appendfsync ${report.appendfsync})`],
    ["jobs", `${report.jobs}, ${report.accepted} with retries`],
    ["faults", `${report.faultCount} on the timeline, ${countOf(report.faults)} in all`],
    ["purchases", String(report.purchases)],
    ["duplicates paid", String(report.duplicatesPaid)],
    ["lost", String(report.lost)],
    ["tasks forgotten", String(report.tasksForgotten)],
    ["webhooks", `${webhooks.received} received for ${webhooks.events} events, ${webhooks.missed} missed`],
    ["feeds", `${report.feeds.events} events read in order, ${report.feeds.broken} faults`],
    [
      "most in flight",
      `${peakInFlight.seen} at Novita, stuck tasks included; MAX_IN_FLIGHT ${peakInFlight.cap}`,
    ],
    ["until work went on", `after a crash, freeze or outage: ${show(recovery.first)}`],
    ["until each job did", show(recovery.each)],
    ["duration", `${report.durationS} s`],
  ];
  return [
    table(rows),
    heading("faults (happened, least)"),
    ...report.faults.map(({ kind, happened, minimum }) => line(`${happened}`, `${minimum}`, about(kind))),
    heading("ends"),
    ...Object.entries(report.ends).map(([end, count]) => line(`${count}`, "", end)),
    heading("unconfirmed, ever, by cause"),
    ...Object.entries(report.unconfirmed).map(([cause, count]) => line(`${count}`, "", cause)),
    heading("callers and the operator"),
    ...Object.entries(report.callers).map(([deed, count]) => line(`${count}`, "", deed)),
    heading("processes that lived through it: at a fifth, at the end"),
    ...report.processes.map(
      ({ name, early, late }) =>
        `  ${name}: ${mib(early?.rss)}, ${mib(late?.rss)} (heap ${mib(early?.heapUsed)}, ${mib(late?.heapUsed)}); descriptors ${early?.descriptors}, ${late?.descriptors}; ` +
        `handles ${early?.handles}, ${late?.handles}; connections to Redis ${early?.redisConnections}, ${late?.redisConnections}`,
    ),
    "",
  ].join("\n");
}

const countOf = (faults: readonly Tally[]): number => faults.reduce((sum, { happened }) => sum + happened, 0);

const abouts: ReadonlyMap<string, string> = new Map(Object.entries(faultKinds));
const about = (kind: string): string => (abouts.has(kind) ? `${kind}: ${abouts.get(kind)}` : kind);

const show = (spread: Spread | null): string =>
  spread
    ? `p50 ${spread.p50} ms, p99 ${spread.p99} ms, longest ${spread.max} ms (${spread.count})`
    : "nothing to measure";

const mib = (bytes: number | undefined): string =>
  bytes === undefined ? "?" : `${Math.round(bytes / 2 ** 20)} MiB`;

const heading = (text: string): string => `\n${text}`;
const line = (count: string, least: string, text: string): string =>
  `  ${count.padStart(6)} ${least.padStart(5)}  ${text}`;

function table(rows: [string, string][]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}
