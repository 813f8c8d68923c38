// The one table.
import { compare, type Pair } from "./pairs.ts";
import { type Measure, SETTLES_A_SECOND } from "./settings.ts";

export type Findings = Record<Measure, Pair[]>;

type Row = { label: string; figure: string; digits: number };
type Section = { measure: Measure; title: string; rows: Row[] };

const SECTIONS: Section[] = [
  {
    measure: "intake",
    title: "intake: POST /v1/jobs",
    rows: [
      { label: "requests/s", figure: "rate", digits: 0 },
      { label: "p50, ms", figure: "p50", digits: 1 },
      { label: "p99, ms", figure: "p99", digits: 1 },
      { label: "API's CPU a request, ms", figure: "apiMs", digits: 2 },
    ],
  },
  {
    measure: "endToEnd",
    title: "end to end: a backlog, three looks a job",
    rows: [
      { label: "jobs/s", figure: "rate", digits: 0 },
      { label: "worker's CPU a job, ms", figure: "workerMs", digits: 2 },
      { label: "looks a job", figure: "looks", digits: 2 },
      { label: "stand-in's share of one core", figure: "standInShare", digits: 2 },
    ],
  },
  {
    measure: "looks",
    title: "looks at tasks that go on",
    rows: [
      { label: "looks/s", figure: "rate", digits: 0 },
      { label: "worker's CPU a look, ms", figure: "workerMs", digits: 2 },
    ],
  },
  {
    measure: "deliveries",
    title: "deliveries that have piled up",
    rows: [
      { label: "deliveries/s", figure: "rate", digits: 0 },
      { label: "worker's CPU a delivery, ms", figure: "workerMs", digits: 2 },
      { label: "Redis' CPU a delivery, ms", figure: "redisMs", digits: 2 },
      { label: "scripts a delivery", figure: "scripts", digits: 1 },
      { label: "commands, those in scripts too", figure: "commands", digits: 0 },
      { label: "Redis' share of one core", figure: "redisShare", digits: 2 },
      { label: "stand-in's share of one core", figure: "standInShare", digits: 2 },
    ],
  },
  {
    measure: "latency",
    title: `from a job's end to its event, ${SETTLES_A_SECOND} ends a second`,
    rows: [
      { label: "p50, ms", figure: "p50", digits: 1 },
      { label: "p95, ms", figure: "p95", digits: 1 },
      { label: "p99, ms", figure: "p99", digits: 1 },
    ],
  },
  {
    measure: "endToEnd",
    title: "Redis' work for a job, POST to webhook",
    rows: [
      { label: "scripts", figure: "scripts", digits: 1 },
      { label: "commands, those in scripts too", figure: "commands", digits: 0 },
      { label: "bytes in and out", figure: "bytes", digits: 0 },
      { label: "CPU, ms", figure: "redisMs", digits: 2 },
      { label: "bytes of memory it leaves", figure: "memory", digits: 0 },
    ],
  },
];

export function printTable(found: Partial<Findings>): string {
  const sections = SECTIONS.flatMap(({ measure, title, rows }) => {
    const pairs = found[measure];
    return pairs ? ["", title, ...rows.map((row) => printRow(row, pairs))] : [];
  });
  return [line("", "ours", "floor", "ratio", "least..most"), ...sections].join("\n");
}

function printRow({ label, figure, digits }: Row, pairs: Pair[]): string {
  const { ours, floor, ratio, least, most } = compare(pairs, figure);
  const spread = Number.isFinite(ratio) ? `${least.toFixed(2)}..${most.toFixed(2)}` : "-";
  return line(`  ${label}`, show(ours, digits), show(floor, digits), show(ratio, 2), spread);
}

const show = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits) : "-";

const line = (label: string, ours: string, floor: string, ratio: string, spread: string): string =>
  label.padEnd(36) + ours.padStart(9) + floor.padStart(9) + ratio.padStart(9) + spread.padStart(16);
