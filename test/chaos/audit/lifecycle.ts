/** Whether every job was taken in once, and came to one end by the ways that the table has. */
import { transitions, type JobStatus } from "../../../src/shared/job.ts";
import type { Evidence, JobEvidence } from "../evidence.ts";
import { ended, type WireEntry } from "../wire.ts";
import { type Finding, finder } from "./finding.ts";

export function checkAccepted({ jobs, listed, idsByKey, unanswered }: Evidence): Finding[] {
  const broken = finder("accepted");
  const known = new Set(jobs.map(({ id }) => id));
  return [
    ...unanswered.map((what) => broken(`no answer to ${what}`)),
    ...[...idsByKey]
      .filter(([, ids]) => ids.size > 1)
      .map(([key, ids]) => broken(`the key ${key} has made ${ids.size} jobs: ${[...ids].join(", ")}`)),
    ...jobs.filter(({ found }) => !found).map(({ n, id }) => broken(`job ${n} (${id}) is lost`)),
    ...listed.filter((id) => !known.has(id)).map((id) => broken(`${id} is there, and nobody was told of it`)),
  ];
}

export function checkEnded({ jobs }: Evidence): Finding[] {
  const broken = finder("ended");
  return jobs.flatMap(({ n, found, history }) => {
    if (!found) return [];
    const { status, error } = found;
    if (status !== history.at(-1)?.status) {
      return [broken(`job ${n} is ${status}, and its history ends with ${history.at(-1)?.status}`)];
    }
    if (status === "unconfirmed") return error ? [] : [broken(`job ${n} is unconfirmed without a cause`)];
    return ended.has(status) ? [] : [broken(`job ${n} (${found.id}) is still ${status}`)];
  });
}

export function checkHistory({ jobs }: Evidence): Finding[] {
  return jobs.filter(({ found }) => found).flatMap(walk);
}

function walk({ n, history }: JobEvidence): Finding[] {
  const broken = finder("history");
  const findings: Finding[] = [];
  const [first] = history;
  if (first?.type !== "queued" || first.version !== 1)
    findings.push(broken(`job ${n} does not begin queued`));
  history.slice(1).forEach((entry, index) => {
    const before = history[index];
    const fault = before && faultOf(before, entry);
    if (fault) findings.push(broken(`job ${n}, version ${entry.version}: ${fault}`));
  });
  return findings;
}

function faultOf(before: WireEntry, entry: WireEntry): string | null {
  if (entry.version <= before.version) return `comes after version ${before.version}`;
  if (entry.transition === undefined) {
    if (entry.status === before.status) return null;
    return `${entry.type} changes ${before.status} into ${entry.status} without a transition`;
  }
  const move = moves.get(entry.transition);
  if (!move) return `there is no transition ${entry.transition}`;
  if (move.to !== entry.status) return `${entry.transition} leads to ${entry.status}`;
  return move.from.has(before.status) ? null : `${entry.transition} leaves ${before.status}`;
}

const moves = new Map(
  Object.entries(transitions).map(([name, { from, to }]): [string, { from: Set<string>; to: JobStatus }] => [
    name,
    { from: new Set<string>(from), to },
  ]),
);
