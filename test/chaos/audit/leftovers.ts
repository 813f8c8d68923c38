/** Whether the run has left anything behind, in Redis or in the processes. */
import type { Evidence, JobEvidence, Measure, ProcessEvidence } from "../evidence.ts";
import { type Finding, finder } from "./finding.ts";

export function checkLeftovers({ jobs, leftovers }: Evidence): Finding[] {
  const broken = finder("leftovers");
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const isOpen = (id: string): boolean => mayBeOpen(byId.get(id));
  const { slots, due, entries, orphanKeys, connections, channels } = leftovers;
  return [
    ...slots
      .filter(({ isOver }) => isOver)
      .map(({ attempt, jobId }) => broken(`a slot of ${attempt} (${jobId ?? "nobody's"}) is leaked`)),
    ...due.filter((id) => !isOpen(id)).map((id) => broken(`${id} is due, and nothing is left to be done`)),
    ...entries
      .filter(({ list, id }) => !waiting.has(list) || !isOpen(id.replace(/-\d+$/, "")))
      .map(({ list, id }) => broken(`the entry ${id} is left in ${list}`)),
    ...orphanKeys.map((key) => broken(`the Idempotency-Key ${key} has outlived its job`)),
    ...connections.map((client) => broken(`a connection to Redis is left: ${client}`)),
    ...channels.map((channel) => broken(`somebody listens to ${channel}`)),
  ];
}

/** Where the next look at a task waits. */
const waiting: ReadonlySet<string> = new Set(["poll:delayed", "poll:wait"]);

/** Whoever waits for the operator, or for a task whose end cannot be seen, is still looked after. */
const mayBeOpen = (job: JobEvidence | undefined): boolean =>
  job !== undefined && (job.isRestless || job.found?.status === "unconfirmed");

/** A receiver may have a connection open for the next request. */
const SPARE = 8;
const MORE_MEMORY = 1.1;

export function checkProcesses({ processes }: Evidence): Finding[] {
  const broken = finder("processes");
  return processes.flatMap((process) => [
    ...(process.exitCode === 0 && process.signal === null
      ? []
      : [broken(`${process.name} ended with ${process.signal ?? process.exitCode}`)]),
    ...growthOf(process).map((what) => broken(`${process.name} holds ${what}`)),
  ]);
}

function growthOf({ early, late, isMemoryJudged, mostConnections }: ProcessEvidence): string[] {
  if (!early || !late) return [];
  const most = {
    descriptors: besides(early, "descriptors") + SPARE,
    handles: besides(early, "handles") + SPARE,
  };
  const findings: string[] = [];
  if (late.redisConnections > mostConnections) findings.push(`${late.redisConnections} connections to Redis`);
  if (isMemoryJudged && late.rss > early.rss * MORE_MEMORY) {
    findings.push(`${late.rss} bytes at the end, and ${early.rss} early on`);
  }
  for (const name of ["descriptors", "handles"] as const) {
    const held = besides(late, name);
    if (held > most[name])
      findings.push(`${held} ${name} besides those connections, and ${besides(early, name)} early on`);
  }
  return findings;
}

/** What goes by a road of the run is counted there, and may be away for the moment when something is measured. */
const besides = (measure: Measure, name: "descriptors" | "handles"): number =>
  Math.max(0, (measure[name] ?? 0) - measure.redisConnections - measure.novitaConnections);
