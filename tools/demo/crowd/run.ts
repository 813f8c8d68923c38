// A run of many jobs: posted over time, disturbed if wanted, watched until all are at rest, and audited.
import { setTimeout as delay } from "node:timers/promises";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import { DemoError } from "../demo-error.ts";
import type { Installation } from "../installation.ts";
import { resolveJob } from "../job.ts";
import type { Screen } from "../screen.ts";
import type { Crowd } from "../settings.ts";
import { auditJobs, type Verdict } from "./audit.ts";
import { wreak } from "./chaos.ts";
import { postMember, readMembers } from "./members.ts";
import { showRun } from "./show.ts";
import { evidenceOf, isAtRest, openRun, type Run, unconfirmedOf } from "./state.ts";

export type Stage = { installation: Installation; simulator: Simulator; screen: Screen; signal: AbortSignal };

const LOOK_MS = 250;
const POSTED_WITHIN_MS = 8_000;
const LONGEST_GAP_MS = 400;
/** A worker that dies with an entry in hand keeps it from the others for up to 45 s. */
const AT_REST_WITHIN_MS = { usual: 120_000, eachJob: 1_000 };

/** `mustEnd`: unconfirmed jobs are given up, so that every job comes to its end. */
export async function runCrowd(
  stage: Stage,
  { mustEnd, ...crowd }: Crowd & { mustEnd: boolean },
): Promise<{ run: Run; verdict: Verdict }> {
  const { installation, simulator, screen } = stage;
  const run = openRun(installation, simulator, crowd);
  const show = showRun(screen, run);
  try {
    const disturbed = crowd.hasFaults ? disturb(stage, run, show.tell) : undefined;
    await Promise.all([postAll(stage, run), disturbed, watchUntilRest(stage, run, show.changes)]);
    if (mustEnd) await giveUp(stage, run, show.tell);
    await watchUntilRest(stage, run, show.changes);
    const found = await readMembers(installation);
    if (!found) throw new DemoError("The API does not tell what became of the jobs.");
    return { run, verdict: auditJobs(evidenceOf(run, found)) };
  } finally {
    show.end();
  }
}

async function postAll({ installation, signal }: Stage, { members }: Run): Promise<void> {
  const gapMs = Math.min(LONGEST_GAP_MS, POSTED_WITHIN_MS / members.length);
  const posts = members.map(async (member, index) => {
    await delay(index * gapMs, undefined, { signal });
    member.job = await postMember(installation, member.plan, signal);
    member.id = member.job.id;
  });
  await Promise.all(posts);
}

/** A run that does not come to rest in time is left to the audit. */
async function watchUntilRest({ installation, signal }: Stage, run: Run, show: () => void): Promise<void> {
  const deadline =
    performance.now() + AT_REST_WITHIN_MS.usual + run.members.length * AT_REST_WITHIN_MS.eachJob;
  do {
    await delay(LOOK_MS, undefined, { signal });
    const found = await readMembers(installation);
    for (const member of run.members) member.job = found?.get(member.id ?? "") ?? member.job;
    run.postbox.read();
    show();
  } while (!isAtRest(run) && performance.now() < deadline);
}

type Tell = (who: string, what: string, detail: string) => void;

function disturb({ installation, simulator, signal }: Stage, run: Run, tell: Tell): Promise<void> {
  const { members, casualties } = run;
  return wreak(installation, {
    simulator,
    plans: members.map(({ plan }) => plan),
    accepted: () => members.filter(({ id }) => id !== null).length,
    isOver: () => isAtRest(run),
    tell,
    casualties,
    signal,
  });
}

async function giveUp({ installation }: Stage, run: Run, tell: Tell): Promise<void> {
  for (const { n, id } of unconfirmedOf(run)) {
    tell(`job ${n}`, "given up", "nobody can know whether it was bought");
    await resolveJob(installation, id, "fail");
  }
}
