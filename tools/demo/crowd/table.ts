// The jobs of a run as a table that fits the terminal.
import { hasEnded } from "../job.ts";
import type { Space } from "../region.ts";
import { progressBar } from "../screen.ts";
import type { Line, Piece, Tone } from "../text.ts";
import { tellsOf } from "./audit.ts";
import type { Member } from "./members.ts";
import type { Arrival } from "./postbox.ts";

export type Row = { member: Member; arrivals: Arrival[] };

const TROUBLE = 24;
const STATUS = 11;
const BAR = 8;

const TONES: Record<string, Tone> = {
  succeeded: "good",
  failed: "bad",
  expired: "bad",
  canceled: "bad",
  unconfirmed: "loud",
  queued: "dim",
  submitting: "strong",
};

const HEAD: Line = [
  [`${"job".padStart(5)}  ${"trouble".padEnd(TROUBLE)}  ${"status".padEnd(STATUS + BAR + 2)}`, "dim"],
  ["tries looks  webhook", "dim"],
];

/** Every row, as there is room; without it, those that are over and told go first. */
export function tableOf(rows: Row[], { rows: room }: Pick<Space, "rows">): Line[] {
  const lines = Math.max(0, room - 1);
  if (rows.length <= lines) return [HEAD, ...rows.map(lineOf)];
  const order = rows.toSorted((a, b) => Number(isDone(a)) - Number(isDone(b)) || place(a) - place(b));
  const shown = new Set(order.slice(0, Math.max(0, lines - 1)));
  const hidden = rows.filter((row) => !shown.has(row));
  const done = hidden.filter(isDone).length;
  const rest = [done > 0 && `${done} at rest`, hidden.length > done && `${hidden.length - done} to come`];
  const more: Line = [[`${" ".repeat(7)}and ${rest.filter(Boolean).join(", ")}`, "dim"]];
  return [HEAD, ...rows.filter((row) => shown.has(row)).map(lineOf), more];
}

/** Of those that are done, the last ones stay longest. */
const place = (row: Row): number => (isDone(row) ? -row.member.plan.n : row.member.plan.n);

/** It has come to rest, and a receiver knows. */
export function isDone({ member: { job }, arrivals }: Row): boolean {
  if (job === null || !(hasEnded(job) || job.status === "unconfirmed")) return false;
  return arrivals.some(({ type, isTaken }) => isTaken && tellsOf(type, job.status));
}

function lineOf(row: Row): Line {
  const { plan, job } = row.member;
  const status = job?.status ?? "to come";
  const isRunning = job?.status === "processing";
  return [
    `${String(plan.n).padStart(5)}  `,
    [plan.trouble.padEnd(TROUBLE), plan.trouble === "none" ? "dim" : "plain"],
    [`  ${status.padEnd(STATUS)} `, job ? (TONES[status] ?? "plain") : "dim"],
    ...(isRunning ? progressBar(job.progress, BAR) : [" ".repeat(BAR)]),
    ` ${count(job?.attempts)} ${count(job?.polls)}  `,
    newsOf(row),
  ];
}

const count = (n = 0): string => (n === 0 ? "" : String(n)).padStart(5);

function newsOf(row: Row): Piece {
  const refused = row.arrivals.filter(({ isTaken }) => !isTaken).length;
  if (!isDone(row)) return refused > 0 ? [`${refused} refused`, "loud"] : "";
  return [refused > 0 ? `✓ after ${refused}` : "✓ verified", "good"];
}
