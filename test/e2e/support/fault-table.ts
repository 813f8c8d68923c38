/**
 * What becomes of a job whose prompt orders this fault of Novita. Written from the contract and from what is known of
 * Novita, never from what the product does: a row that fails is a question to the product, not to the table.
 */
export type FaultRow = {
  /** The simulator's orders; "no fault" is none. */
  orders: string;
  /** The caller's choice in words, for the name of the test. */
  choice: string;
  body?: { timeout_s?: number; on_unconfirmed?: "hold" | "fail" | "resubmit" };
  ends: FaultEnd;
  /** Of 500 jobs. */
  jobs: number;
};

export type FaultEnd = {
  status: "succeeded" | "failed" | "unconfirmed" | "expired";
  code: string | null;
  /** What Novita has sold for it. */
  tasks: 0 | 1;
  events: string[];
};

/** Longer than the submissions' timeout of these tests. */
const TOO_LATE_MS = 6000;

const video: FaultEnd = { status: "succeeded", code: null, tasks: 1, events: ["job.succeeded"] };

const failed = (code: string, tasks: 0 | 1): FaultEnd => ({
  status: "failed",
  code,
  tasks,
  events: ["job.failed"],
});

const unconfirmed = (tasks: 0 | 1): FaultEnd => ({
  status: "unconfirmed",
  code: "submission_unconfirmed",
  tasks,
  events: ["job.unconfirmed"],
});

const videoAfter = (event: string, then: "job.succeeded" | "job.recovered"): FaultEnd => ({
  ...video,
  events: [event, then],
});

const row = (orders: string, ends: FaultEnd, jobs = 6, body?: FaultRow["body"]): FaultRow => ({
  orders: orders
    .split(" + ")
    .filter((order) => order !== "")
    .map((order) => `[[sim:${order}]]`)
    .join(" "),
  choice: body ? ` ${JSON.stringify(body)}` : "",
  ends,
  jobs,
  ...(body ? { body } : {}),
});

const allOf = (orders: string[], ends: FaultEnd, jobs?: number): FaultRow[] =>
  orders.map((order) => row(order, ends, jobs));

/** What an answer to a POST can look like when it tells nothing. */
const ambiguous = "drop 500 502 503 504 408 empty html truncated no-task-id code hang".split(" ");
const pollFaults = [
  "404x2 flap 429x2:1 409x1 425x1 408x1 500x2 502x1 503x1 504x1 401x1 403x1 redirectx1",
  "htmlx2 emptyx1 truncatedx2 no-taskx1 dropx2 hangx1 late:300 dripx1:20",
].flatMap((line) => line.split(" ").map((fault) => `poll=${fault}`));
const shapes = [
  "ttl-number ttl-absent progress-absent progress-zero progress-over progress-back",
  "arrays-absent extra-absent unknown-fields unknown-statusx2 empty-statusx2",
].flatMap((line) => line.split(" ").map((fault) => `shape=${fault}`));

const faultRows: FaultRow[] = [
  // Accepted, one way or another.
  row("submit=old-envelope", video),
  row("submit=accept-then-late:500", video),
  // Certainly not accepted, and not the job's fault: it waits and is bought once.
  row("submit=RATE_LIMIT_EXCEEDEDx2:1", video, 4),
  row("submit=SERVER_OVERLOADx1:1", video, 4),
  row("submit=INVALID_API_KEYx1", video, 2),
  row("submit=BILLING_BALANCE_NOT_ENOUGHx1", video, 2),
  row("submit=proxy-4xxx1:403", video, 2),
  row("submit=redirectx1", video, 2),
  // Refused for good.
  row("submit=INVALID_REQUEST_BODY", failed("invalid_input", 0)),
  row("submit=novita-4xx:422", failed("invalid_input", 0)),
  row("submit=ILLEGAL_PROMPT", failed("content_rejected", 0)),
  row("submit=API_NOT_FOUND", failed("model_unavailable", 0)),
  // Nobody can know, and nothing was bought.
  ...allOf(
    ambiguous.map((fault) => `submit=${fault}`),
    unconfirmed(0),
    2,
  ),
  row("submit=500", failed("submission_unconfirmed", 0), 3, { on_unconfirmed: "fail" }),
  row("submit=dropx1", video, 3, { on_unconfirmed: "resubmit" }),
  row("submit=504x2", unconfirmed(0), 2, { on_unconfirmed: "resubmit" }),
  row(`submit=late-refusalx1:${TOO_LATE_MS}`, videoAfter("job.unconfirmed", "job.succeeded"), 1),
  // Nobody can know, and it was bought.
  ...allOf(
    ambiguous.map((fault) => `submit=accept-then-${fault}`),
    unconfirmed(1),
    2,
  ),
  row("submit=accept-then-502", failed("submission_unconfirmed", 1), 3, { on_unconfirmed: "fail" }),
  // The answer comes after all: its task is not lost.
  row(`submit=accept-then-late:${TOO_LATE_MS}`, videoAfter("job.unconfirmed", "job.succeeded"), 3),
  row(`submit=accept-then-late:${TOO_LATE_MS}`, videoAfter("job.failed", "job.recovered"), 2, {
    on_unconfirmed: "fail",
  }),
  // A look that goes wrong fails no job.
  ...allOf(pollFaults, video, 5),
  ...allOf(shapes, video, 4),
  row("poll=404", failed("task_lost", 1), 3),
  row("poll=404x8", videoAfter("job.failed", "job.recovered"), 3),
  row("end=lost", failed("task_lost", 1), 3),
  // How a task ends.
  row("end=failed:out of memory", failed("generation_failed", 1)),
  row("end=failed-huge", failed("generation_failed", 1)),
  row("end=failed-then-succeed", failed("generation_failed", 1)),
  ...allOf(["end=no-urlx2", "end=no-urlx1:blank", "end=no-urlx2:absent"], video, 4),
  row("end=no-url", failed("upstream_contract", 1), 3),
  row("end=no-urlx4:blank", videoAfter("job.failed", "job.recovered"), 3),
  row("end=stuck", { status: "expired", code: "generation_timeout", tasks: 1, events: ["job.expired"] }, 3, {
    timeout_s: 3,
  }),
  row("gen=100 + end=late:8000", videoAfter("job.expired", "job.recovered"), 3, { timeout_s: 3 }),
  // Several at once.
  row("submit=RATE_LIMIT_EXCEEDEDx1:1 + poll=500x1 + shape=ttl-absent + end=no-urlx1", video, 3),
  row("submit=old-envelope + poll=404x1 + end=failed", failed("generation_failed", 1), 3),
];

/** Rows of `total` jobs in all; those that the table does not use order no fault. */
export function faultTable(total: number): FaultRow[] {
  const used = faultRows.reduce((sum, { jobs }) => sum + jobs, 0);
  return [...faultRows, { ...row("", video, total - used), orders: "no fault" }];
}

/** What receivers answer, and how often a webhook must come until one of them is content. */
export const receiverPlans = [
  { answers: "204", atLeast: 1 },
  { answers: "204", atLeast: 1 },
  { answers: "200", atLeast: 1 },
  { answers: "500,204", atLeast: 2 },
  { answers: "drop,202", atLeast: 2 },
  { answers: "hang,200", atLeast: 2 },
  { answers: "302,503,204", atLeast: 3 },
  { answers: "429,404,204", atLeast: 3 },
];
