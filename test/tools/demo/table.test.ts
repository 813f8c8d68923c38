import { expect, test } from "vitest";
import { planJobs } from "../../../tools/demo/crowd/plan.ts";
import type { Arrival } from "../../../tools/demo/crowd/postbox.ts";
import { isDone, type Row, tableOf } from "../../../tools/demo/crowd/table.ts";
import type { Job } from "../../../tools/demo/job.ts";
import { type Line, widthOf } from "../../../tools/demo/text.ts";

test("twenty jobs on a terminal of 24 rows -> all of them, each in 80 columns", () => {
  const rows = planJobs(20, true).map((plan) =>
    row(plan.n, { status: "processing", progress: 33, attempts: 1 }),
  );
  const lines = tableOf(rows, { rows: 21 });
  expect(lines).toHaveLength(21);
  expect(lines.slice(1).map((line) => Number(textOf(line).slice(0, 5)))).toEqual(rows.map((_, n) => n + 1));
  expect(Math.max(...lines.map(widthOf))).toBeLessThan(80);
});

test("more jobs than rows -> those that are done go first, the last of them last, and it is said", () => {
  const rows = [
    ...[1, 2, 3].map((n) => row(n, { status: "succeeded" }, [arrival()])),
    row(4, { status: "processing" }),
    row(5, { status: "submitting" }),
    row(6, null),
    row(7, null),
  ];
  expect(
    tableOf(rows, { rows: 6 })
      .slice(1)
      .map(textOf)
      .map((text) => text.trim().split(/ {2,}/)[0]),
  ).toEqual(["4", "5", "6", "7", expect.stringMatching(/^and 3 at rest$/)]);
  expect(tableOf(rows, { rows: 4 }).slice(1).map(textOf).join()).toMatch(/4 .*5 .*and 3 at rest, 2 to come/);
  expect(tableOf(rows, { rows: 7 }).slice(1).map(textOf).join()).toMatch(/^ +3 .*and 2 at rest$/);
});

test("no room at all -> no more than a head", () => {
  expect(tableOf([row(1, null), row(2, null)], { rows: 1 }).length).toBeLessThanOrEqual(2);
});

test.each([
  ["it has ended, and a receiver took its webhook", { status: "succeeded" }, arrival(), true],
  ["it has ended, and the receiver refused", { status: "succeeded" }, arrival({ isTaken: false }), false],
  ["it has ended, and another event came", { status: "failed" }, arrival({ type: "job.unconfirmed" }), false],
  ["it is unconfirmed, and told so", { status: "unconfirmed" }, arrival({ type: "job.unconfirmed" }), true],
  ["it recovered, and told so", { status: "succeeded" }, arrival({ type: "job.recovered" }), true],
  ["it is on its way", { status: "processing" }, arrival({ type: "job.processing" }), false],
])("%s -> done: %#", (_, job, came, isAtRest) => {
  expect(isDone(row(1, job, [came]))).toBe(isAtRest);
});

test("webhooks that were refused -> counted, before and after one was taken", () => {
  const refused = [arrival({ isTaken: false }), arrival({ isTaken: false })];
  expect(lastOf(row(1, { status: "succeeded" }, refused))).toMatch(/2 refused$/);
  expect(lastOf(row(1, { status: "succeeded" }, [...refused, arrival()]))).toMatch(/✓ after 2$/);
  expect(lastOf(row(1, { status: "succeeded" }, [arrival()]))).toMatch(/✓ verified$/);
});

const lastOf = (one: Row): string => textOf(tableOf([one], { rows: 9 }).at(-1) ?? []);

function row(n: number, job: Partial<Job> | null, arrivals: Arrival[] = []): Row {
  const plan = planJobs(n, true)[n - 1];
  if (!plan) throw new Error(`no plan ${n}`);
  const usual = { id: `job_${n}`, reference: null, version: 1, progress: 0, attempts: 0, polls: 0 };
  const seen = job && { ...usual, status: "queued", task_id: null, video: null, error: null, ...job };
  return { member: { plan, id: seen && seen.id, job: seen }, arrivals };
}

function arrival(change: Partial<Arrival> = {}): Arrival {
  const usual = { plan: undefined, jobId: "job_1", type: "job.succeeded", eventId: "evt_1", body: "{}" };
  return { ...usual, isVerified: true, isTaken: true, ...change };
}

const textOf = (line: Line): string =>
  line.map((piece) => (typeof piece === "string" ? piece : piece[0])).join("");
