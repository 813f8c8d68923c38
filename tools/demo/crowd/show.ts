// A run of many jobs on the screen: a table that lives on a terminal, one line an event anywhere else.
import { lineOf } from "../job.ts";
import type { Screen } from "../screen.ts";
import type { Line } from "../text.ts";
import type { Verdict } from "./audit.ts";
import type { Arrival } from "./postbox.ts";
import { faultsOf, rowsOf, type Run, statusesOf } from "./state.ts";
import { isDone, tableOf } from "./table.ts";

export function showRun(screen: Screen, run: Run) {
  const end = screen.follow(({ rows, spinner }) => [
    ...tableOf(rowsOf(run), { rows: rows - 2 }),
    [],
    tallyLine(run, `${spinner} ${screen.seconds()} s`),
  ]);
  const shown = new Map<number, string>();
  let arrivals = 0;

  /** What has happened since the last call; a table shows it by itself. */
  function changes(): void {
    if (screen.isLive) return;
    for (const { plan, job } of run.members) {
      if (job === null || shown.get(plan.n) === job.status) continue;
      const who = `job ${plan.n}`;
      if (!shown.has(plan.n)) screen.step(who, "accepted", `${job.id}; its trouble: ${plan.trouble}`);
      if (shown.has(plan.n) || job.status !== "queued") screen.step(who, ...lineOf(job));
      shown.set(plan.n, job.status);
    }
    for (const arrival of run.postbox.arrivals.slice(arrivals)) tellArrival(screen, arrival);
    arrivals = run.postbox.arrivals.length;
  }

  /** Something that was done to the run. */
  const tell = (who: string, what: string, detail: string): void => screen.step(who, what, detail, "loud");

  return { changes, tell, end };
}

/** What the run came to, and whether every rule held. */
export function showVerdict(screen: Screen, run: Run, { boughtTwice, lost, told, findings }: Verdict): void {
  const { workers, redis } = run.casualties;
  if (screen.isLive) screen.print(...tableOf(rowsOf(run), { rows: Infinity }), []);
  const { tasks, counters } = run.simulator.ledger;
  const statuses = [...statusesOf(run)].map(([status, count]) => `${count} ${status}`).join(", ");
  screen.fact("jobs", `${run.members.length}: ${statuses}`);
  screen.fact(
    "novita",
    `${countOf(tasks.length, "task")} sold, $${(counters.chargedMicros / 1_000_000).toFixed(2)}`,
  );
  const refused = run.postbox.arrivals.filter(({ isTaken }) => !isTaken).length;
  screen.fact(
    "webhooks",
    `${run.postbox.arrivals.length} came, ${refused} of them refused by their receivers`,
  );
  const trouble = [
    ...(workers > 0 ? [`${countOf(workers, "worker")} killed`] : []),
    ...(redis > 0 ? ["Redis killed"] : []),
    `${countOf(faultsOf(run), "fault")} injected`,
  ];
  const done = run.crowd.hasFaults ? `, ${trouble.join(", ")}` : "";
  const found = `${boughtTwice} bought twice, ${lost} lost, ${countOf(told, "webhook")} verified`;
  const sum = `${countOf(run.members.length, "job")}${done}`;
  const isWide = sum.length + 4 + found.length < screen.columns();
  screen.say(`\n${sum}${isWide ? " " : "\n"}-> ${found}`, findings.length > 0 ? "bad" : "good");
}

function tellArrival(screen: Screen, { plan, type, isVerified, isTaken, eventId }: Arrival): void {
  const who = plan ? `job ${plan.n}` : "yours";
  if (!isVerified) screen.step(who, "webhook", `${type} without a good signature`, "bad");
  else if (!isTaken)
    screen.step(who, "webhook", `${type} refused by its receiver, so it will come again`, "dim");
  else screen.step(who, "webhook", `${type} VERIFIED`, "good", `(${eventId})`);
}

function tallyLine(run: Run, time: string): Line {
  const rows = rowsOf(run);
  const { workers, redis } = run.casualties;
  const killed = [...(workers > 0 ? [countOf(workers, "worker")] : []), ...(redis > 0 ? ["Redis"] : [])];
  const parts = [
    `${rows.filter(isDone).length} of ${rows.length} at rest`,
    `${run.simulator.ledger.tasks.length} bought`,
    ...(run.crowd.hasFaults ? [countOf(faultsOf(run), "fault")] : []),
    ...(killed.length > 0 ? [`${killed.join(" and ")} killed`] : []),
  ];
  return [[`${time.padStart(8)}  `, "dim"], parts.join(" · ")];
}

const countOf = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;
