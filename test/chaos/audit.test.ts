// The audit is shown bad evidence of each kind, and must find it: an invariant whose checker cannot fail proves nothing.
import { describe, expect, test } from "vitest";
import { audit } from "./audit/audit.ts";
import { peakOf } from "./audit/money.ts";
import type { Evidence, Feed, JobEvidence, ProcessEvidence, Sale } from "./evidence.ts";
import type { Webhook } from "./inbox.ts";
import type { FeedEvent, WireEntry, WireJob } from "./wire.ts";

const NOW = 1_800_000_000_000;

const wireJob: WireJob = {
  id: "job_1",
  status: "succeeded",
  version: 4,
  attempts: 1,
  tasks: ["task-1"],
  reference: "1",
  retry_of: null,
  erased_at: null,
  video: { url: "https://video" },
  error: null,
  billing: { state: "billed" },
};

const nothingLeft: Evidence["leftovers"] = {
  slots: [],
  due: [],
  entries: [],
  orphanKeys: [],
  connections: [],
  channels: [],
};

const measured = {
  rss: 100,
  heapUsed: 50,
  descriptors: 20,
  handles: 10,
  redisConnections: 2,
  novitaConnections: 1,
};
const twoEndpoints = [1, 2].map((n) => ({ n, tenant: "acme" }));

const api: ProcessEvidence = {
  name: "api-0",
  exitCode: 0,
  signal: null,
  early: measured,
  late: measured,
  isMemoryJudged: true,
  mostConnections: 2,
};

describe("good evidence", () => {
  test("a job that was bought once, made its video and was told -> nothing to find", () => {
    expect(audit(evidence())).toEqual([]);
  });

  test("unconfirmed, with a cause, and told; its task unknown -> nothing to find", () => {
    expect(audit(evidence(unconfirmed()))).toEqual([]);
  });

  test("a late video after an end, told as a recovery -> nothing to find", () => {
    const ways = ["begin submitting", "accept processing", "expire expired", "recover succeeded"];
    const webhooks = [webhook({ type: "job.expired", eventId: "evt_0" }), webhook({ type: "job.recovered" })];
    expect(audit(evidence({ job: { history: historyOf(ways) }, webhooks }))).toEqual([]);
  });

  test("the tenant has endpoints, and each was told; one asked for a moment, the others did not -> nothing to find", () => {
    const webhooks = [
      webhook({ answer: "429", retryAfterS: 3, endpoint: 1 }),
      webhook({ at: NOW + 10 }),
      webhook({ at: NOW + 20, endpoint: 2 }),
      webhook({ at: NOW + 3000, endpoint: 1 }),
    ];
    expect(audit(evidence({ endpoints: twoEndpoints, webhooks }))).toEqual([]);
  });

  test("erased while its feed was followed -> it is no longer there for who reads it later", () => {
    expect(audit(evidence({ job: { isErased: true }, feeds: [feed({ read: [] })] }))).toEqual([]);
  });

  test("erased before its webhook was taken -> nobody is to be told any more", () => {
    expect(audit(evidence({ job: { isErased: true }, webhooks: [] }))).toEqual([]);
  });
});

type Change = Partial<Omit<Evidence, "jobs">> & {
  job?: Partial<JobEvidence>;
  found?: Partial<WireJob>;
  /** A second job, which buys the first one again. */
  retry?: Partial<JobEvidence>;
};

describe.each<{ invariant: string; cases: [string, Change, string][] }>([
  {
    invariant: "accepted",
    cases: [
      ["an accepted job that nobody knows", { job: { found: null } }, "job 1 (job_1) is lost"],
      ["a POST that was never answered", { unanswered: ["job 2: 404"] }, "no answer to job 2: 404"],
      [
        "one key, two jobs",
        { idsByKey: new Map([["post-1", new Set(["job_1", "job_2"])]]) },
        "the key post-1 has made 2 jobs: job_1, job_2",
      ],
      [
        "a job that nobody was told of",
        { listed: ["job_1", "job_2"] },
        "job_2 is there, and nobody was told of it",
      ],
    ],
  },
  {
    invariant: "ended",
    cases: [
      [
        "a job that is still on its way",
        {
          found: { status: "processing" },
          job: { history: historyOf(["begin submitting", "accept processing"]) },
          webhooks: [],
        },
        "job 1 (job_1) is still processing",
      ],
      [
        "unconfirmed without a cause",
        { ...unconfirmed(), found: { ...unconfirmed().found, error: null } },
        "job 1 is unconfirmed without a cause",
      ],
      [
        "a status that its history does not end with",
        { found: { status: "failed" } },
        "job 1 is failed, and its history ends with succeeded",
      ],
    ],
  },
  {
    invariant: "history",
    cases: [
      [
        "a transition that leaves a status which the table does not have",
        {
          job: {
            history: historyOf([
              "begin submitting",
              "accept processing",
              "cancel canceled",
              "succeed succeeded",
            ]),
          },
          webhooks: [webhook({ type: "job.canceled", eventId: "evt_0" }), webhook()],
        },
        "job 1, version 5: succeed leaves canceled",
      ],
      [
        "a transition that leads elsewhere",
        { job: { history: historyOf(["begin submitting", "accept succeeded"]) }, webhooks: [] },
        "job 1, version 3: accept leads to succeeded",
      ],
      [
        "a transition that the table does not have",
        {
          job: { history: historyOf(["begin submitting", "accept processing", "conjure succeeded"]) },
          webhooks: [],
        },
        "job 1, version 4: there is no transition conjure",
      ],
      [
        "a status that changes without a transition",
        {
          job: { history: [...historyOf(["begin submitting", "accept processing"]), entry(4, "succeeded")] },
          webhooks: [],
        },
        "job 1, version 4: progress changes processing into succeeded without a transition",
      ],
      [
        "a version that does not rise",
        { job: { history: [...historyOf(), entry(4, "succeeded")] } },
        "job 1, version 4: comes after version 4",
      ],
      ["no beginning", { job: { history: historyOf().slice(1) } }, "job 1 does not begin queued"],
    ],
  },
  {
    invariant: "paid once",
    cases: [
      [
        "two tasks in Novita's books",
        { sold: [sale(), sale({ taskId: "task-2" })], found: { attempts: 2, tasks: ["task-1", "task-2"] } },
        "job 1 was bought 2 times, and 1 asked for",
      ],
      [
        "three tasks of a job that may be bought again",
        {
          job: { onUnconfirmed: "resubmit" },
          sold: ["task-1", "task-2", "task-3"].map((taskId) => sale({ taskId })),
          found: { attempts: 3, tasks: ["task-1", "task-2", "task-3"] },
        },
        "job 1 was bought 3 times, and 2 asked for",
      ],
      [
        "two tasks of one job, whose retry was never bought",
        {
          retry: { found: { ...wireJob, id: "job_2", status: "canceled", tasks: [] } },
          sold: [sale(), sale({ taskId: "task-2" })],
          found: { attempts: 2, tasks: ["task-1", "task-2"] },
        },
        "job 1 (job_1) has 2 tasks of its own",
      ],
      ["a task that nobody ordered", { sold: [sale(), sale({ n: 9 })] }, "nobody ordered 9"],
    ],
  },
  {
    invariant: "no task forgotten",
    cases: [
      [
        "a sale that no attempt stands for",
        {
          found: { tasks: [], attempts: 0, billing: { state: "not_billed" } },
          sold: [sale({ answered: null })],
        },
        "job 1: Novita sold 1 tasks that it does not know, and it doubts 0",
      ],
      [
        "a task that a worker was told of, long before anything happened to it",
        { ...unconfirmed(), sold: [sale({ answered: { to: "worker-1", at: NOW } })] },
        "job 1 does not know task-1 in time, though a worker was told of it in peace",
      ],
      [
        "a task that Novita has not sold",
        { found: { tasks: ["task-1", "task-9"] } },
        "job 1 has the task task-9, which Novita has not sold for it",
      ],
      [
        "a task that a worker was told of, and wrote down three seconds later",
        { job: { history: historyOf(["begin submitting", "accept processing", "succeed succeeded"], 3000) } },
        "job 1 does not know task-1 in time, though a worker was told of it in peace",
      ],
      [
        "a purchase that is said to have cost nothing",
        { found: { billing: { state: "not_billed" } } },
        "job 1 was bought, and says that nothing was billed",
      ],
    ],
  },
  {
    invariant: "told",
    cases: [
      ["an end that nobody was told of", { webhooks: [] }, "job 1: job.succeeded was taken 0 times of 1"],
      [
        "an end that every receiver refused",
        { webhooks: [webhook({ answer: "500" })] },
        "job 1: job.succeeded was taken 0 times of 1",
      ],
      [
        "one end, two events",
        { webhooks: [webhook(), webhook({ eventId: "evt_2" })] },
        "job 1 was told job.succeeded by 2 events, and it came to that 1 times",
      ],
      [
        "an end that never was",
        { webhooks: [webhook(), webhook({ type: "job.failed", eventId: "evt_2" })] },
        "job 1 was told job.failed by 1 events, and it came to that 0 times",
      ],
      [
        "one event, two bodies",
        { webhooks: [webhook({ answer: "500" }), webhook({ body: '"another"' })] },
        "evt_1 came with two bodies",
      ],
      [
        "a signature that is not good",
        { webhooks: [webhook(), webhook({ fault: "no signature" })] },
        "a webhook for job 1 is no good: no signature",
      ],
      [
        "a job that nobody asked for",
        { webhooks: [webhook(), webhook({ jobId: "job_9", eventId: "evt_9" })] },
        "a webhook tells of job_9, which nobody asked for",
      ],
    ],
  },
  {
    invariant: "told",
    cases: [
      [
        "an endpoint that refused what the other one and the job's address took",
        {
          endpoints: twoEndpoints,
          webhooks: [webhook(), webhook({ endpoint: 1 }), webhook({ endpoint: 2, answer: "500" })],
        },
        "job 1: job.succeeded was taken 0 times of 1 by endpoint 2",
      ],
      [
        "an endpoint that is told by an event of its own",
        {
          endpoints: twoEndpoints.slice(1),
          webhooks: [webhook(), webhook({ endpoint: 2, eventId: "evt_2" })],
        },
        "job 1 was told job.succeeded by 2 events, and it came to that 1 times",
      ],
      [
        "an endpoint that got other bytes",
        {
          endpoints: twoEndpoints.slice(1),
          webhooks: [webhook(), webhook({ endpoint: 2, body: '"another"' })],
        },
        "evt_1 came with two bodies",
      ],
      [
        "an endpoint of another tenant",
        { endpoints: [{ n: 3, tenant: "umbra" }], webhooks: [webhook(), webhook({ endpoint: 3 })] },
        "job 1 was told to endpoint 3, which is another tenant's",
      ],
    ],
  },
  {
    invariant: "feed",
    cases: [
      [
        "a feed without the end",
        { feeds: [feed({ read: [] })] },
        "job 1: the feed has job.succeeded 0 times of 1",
      ],
      [
        "an end that is there twice",
        { feeds: [feed({ read: [event(), event({ id: "evt_2" })] })] },
        "job 1: the feed has job.succeeded 2 times of 1",
      ],
      [
        "an event that is there twice",
        { feeds: [feed({ read: [event(), event()] })] },
        "evt_1 is in acme's feed more than once",
      ],
      [
        "a reader who was given an event twice",
        { feeds: [feed({ followed: [event(), event()] })] },
        "evt_1 is in acme's feed more than once",
      ],
      [
        "a reader who missed an event",
        { feeds: [feed({ followed: [] })] },
        "who followed acme's feed got other events than are in it, or another order",
      ],
      [
        "two readers, two orders",
        {
          feeds: [
            feed({ read: [event(), event({ id: "evt_2" })], followed: [event({ id: "evt_2" }), event()] }),
          ],
        },
        "who followed acme's feed got other events than are in it, or another order",
      ],
      [
        "an event about another tenant's job",
        { feeds: [feed({ read: [event(), event({ data: { job: { id: "job_9" } } })] })] },
        "acme's feed has evt_1, which is about none of its jobs",
      ],
      [
        "an event that says something else",
        { feeds: [feed({ read: [event({ data: { job: { id: "job_1", status: "failed" } } })] })] },
        "evt_1 says something else in acme's feed than by its webhooks",
      ],
      [
        "an event under another id",
        { feeds: [feed({ read: [event({ id: "evt_2" })] })] },
        "evt_1 came by a webhook, and is not in acme's feed",
      ],
      ["a feed that nobody has read", { feeds: [] }, "nobody has read the feed that job 1 is in"],
    ],
  },
  {
    invariant: "retry-after",
    cases: [
      [
        "an endpoint that is told again too early, after the job's own address was",
        {
          endpoints: twoEndpoints.slice(1),
          webhooks: [
            webhook({ answer: "429", retryAfterS: 3, at: NOW, endpoint: 2 }),
            webhook({ at: NOW + 10 }),
            webhook({ at: NOW + 2900, endpoint: 2 }),
          ],
        },
        "evt_1 was to come back after 3000 ms, and came after 2900",
      ],
      [
        "a delivery that comes too early",
        {
          webhooks: [webhook({ answer: "429", retryAfterS: 3, at: NOW }), webhook({ at: NOW + 2900 })],
        },
        "evt_1 was to come back after 3000 ms, and came after 2900",
      ],
    ],
  },
  {
    invariant: "cap",
    cases: [
      [
        "more at once than there are slots",
        {
          cap: { maxInFlight: 1, slotTtlMs: 10_000, submitTimeoutMs: 1000 },
          sold: [sale(), sale({ taskId: "task-2", acceptedAt: NOW + 10 })],
          job: { resubmitted: 1 },
          found: { tasks: ["task-1", "task-2"], attempts: 2 },
        },
        "2 tasks ran at once, and MAX_IN_FLIGHT is 1",
      ],
    ],
  },
  {
    invariant: "leftovers",
    cases: [
      [
        "a slot whose task has ended",
        left({ slots: [{ attempt: "att_1", jobId: "job_1", isOver: true }] }),
        "a slot of att_1 (job_1) is leaked",
      ],
      ["a record that is due", left({ due: ["job_1"] }), "job_1 is due, and nothing is left to be done"],
      ["a delivery that is due", left({ due: ["dlv_1"] }), "dlv_1 is due, and nothing is left to be done"],
      [
        "an entry of a job that is over",
        left({ entries: [{ list: "poll:delayed", id: "job_1-1" }] }),
        "the entry job_1-1 is left in poll:delayed",
      ],
      [
        "an active entry, whoever's",
        { ...left({ entries: [{ list: "poll:active", id: "job_1-1" }] }), job: { isRestless: true } },
        "the entry job_1-1 is left in poll:active",
      ],
      ["a key without its job", left({ orphanKeys: ["k"] }), "the Idempotency-Key k has outlived its job"],
      ["a connection", left({ connections: ["id=7"] }), "a connection to Redis is left: id=7"],
      ["a listener", left({ channels: ["changes"] }), "somebody listens to changes"],
    ],
  },
  {
    invariant: "processes",
    cases: [
      [
        "a process that was killed at its end",
        process({ exitCode: null, signal: "SIGKILL" }),
        "api-0 ended with SIGKILL",
      ],
      ["a process that ended in error", process({ exitCode: 1 }), "api-0 ended with 1"],
      [
        "memory that has grown by more than a tenth",
        process({ late: { ...measured, rss: 111 } }),
        "api-0 holds 111 bytes at the end, and 100 early on",
      ],
      [
        "connections that are never closed",
        process({ late: { ...measured, redisConnections: 3 } }),
        "api-0 holds 3 connections to Redis",
      ],
      [
        "descriptors that are never closed",
        process({ late: { ...measured, descriptors: 40 } }),
        "api-0 holds 37 descriptors besides those connections, and 17 early on",
      ],
      [
        "handles that are never closed",
        process({ late: { ...measured, handles: 30 } }),
        "api-0 holds 27 handles besides those connections, and 7 early on",
      ],
    ],
  },
])("the invariant '$invariant'", ({ invariant, cases }) => {
  test.each(cases)("%s -> found", (_, change, says) => {
    expect(audit(evidence(change))).toContainEqual({ invariant, says });
  });
});

describe("what is no fault", () => {
  test.each<[string, Change]>([
    [
      "an entry of a job whose task never ends",
      {
        ...left({ due: ["job_1"], entries: [{ list: "poll:delayed", id: "job_1-1" }] }),
        job: { isRestless: true },
      },
    ],
    [
      "a slot whose attempt nobody knows the end of",
      left({ slots: [{ attempt: "att_1", jobId: "job_1", isOver: false }] }),
    ],
    [
      "an unknown task whose answer came just before its worker was killed",
      {
        ...unconfirmed(),
        sold: [sale({ answered: { to: "worker-1", at: NOW } })],
        troubled: [{ from: NOW + 1000, to: NOW + 2000, target: "worker-1" }],
      },
    ],
    [
      "a delivery that comes early because its worker stood still when it was asked to wait",
      {
        webhooks: [webhook({ answer: "429", retryAfterS: 3, at: NOW }), webhook({ at: NOW + 1000 })],
        troubled: [{ from: NOW - 100, to: NOW + 500, target: "worker-2" }],
      },
    ],
    [
      "memory in a run that is too short to tell",
      process({ isMemoryJudged: false, late: { ...measured, rss: 200 } }),
    ],
    [
      "a delivery that waits as asked",
      { webhooks: [webhook({ answer: "503", retryAfterS: 2, at: NOW }), webhook({ at: NOW + 2000 })] },
    ],
  ])("%s -> nothing to find", (_, change) => {
    expect(audit(evidence(change))).toEqual([]);
  });

  test("tasks one after the other, and one that is stuck -> counted while a slot is due", () => {
    const tasks = [
      sale({ endsAt: NOW + 100 }),
      sale({ acceptedAt: NOW + 100, endsAt: Infinity }),
      sale({ acceptedAt: NOW + 1100, endsAt: NOW + 2000 }),
    ];
    expect([peakOf(tasks, 1000), peakOf(tasks, 5000)]).toEqual([1, 2]);
  });
});

function evidence({ job, found, retry, ...rest }: Change = {}): Evidence {
  const one: JobEvidence = {
    id: "job_1",
    n: 1,
    tenant: "acme",
    retryOf: null,
    onUnconfirmed: "hold",
    decision: "leave",
    resubmitted: 0,
    attached: 0,
    isErased: false,
    isRestless: false,
    found: { ...wireJob, ...found },
    history: historyOf(),
    ...job,
  };
  const webhooks = rest.webhooks ?? [webhook()];
  return {
    jobs: retry ? [one, { ...one, id: "job_2", retryOf: "job_1", ...retry }] : [one],
    sold: [sale()],
    webhooks,
    endpoints: [],
    feeds: [feedOf(webhooks)],
    listed: ["job_1"],
    idsByKey: new Map([["post-1", new Set(["job_1"])]]),
    unanswered: [],
    cap: { maxInFlight: 30, slotTtlMs: 15_000, submitTimeoutMs: 3000 },
    troubled: [],
    leftovers: nothingLeft,
    processes: [api],
    ...rest,
  };
}

/** Each as "transition status". */
function historyOf(
  ways = ["begin submitting", "accept processing", "succeed succeeded"],
  acceptedAfterMs = 0,
): WireEntry[] {
  const moves = ways.map((way, index) => {
    const [transition = "", status = ""] = way.split(" ");
    const known = { ...entry(index + 2, status), type: status, transition };
    const at = new Date(NOW + acceptedAfterMs).toISOString();
    return transition === "accept" ? { ...known, at, task_id: "task-1" } : known;
  });
  return [{ ...entry(1, "queued"), type: "queued" }, ...moves];
}

function entry(version: number, status: string): WireEntry {
  return { id: `${version}-0`, at: new Date(NOW + version).toISOString(), type: "progress", version, status };
}

/** Its one POST may have been paid for, and was. */
function unconfirmed() {
  return {
    found: {
      status: "unconfirmed",
      tasks: [],
      error: { code: "submission_unconfirmed" },
      billing: { state: "unknown" },
    },
    job: { history: historyOf(["begin submitting", "lose unconfirmed"]) },
    sold: [sale({ answered: null })],
    webhooks: [webhook({ type: "job.unconfirmed" })],
  };
}

function sale(change: Partial<Sale> = {}): Sale {
  return {
    taskId: "task-1",
    n: 1,
    acceptedAt: NOW,
    endsAt: NOW + 1000,
    answered: { to: "worker-1", at: NOW },
    ...change,
  };
}

function webhook(change: Partial<Webhook> = {}): Webhook {
  const known = { n: 1, endpoint: null, at: NOW, eventId: "evt_1", type: "job.succeeded", jobId: "job_1" };
  const made = { ...known, body: "", fault: null, answer: "204", retryAfterS: null, ...change };
  const { eventId: id, type, jobId } = made;
  return { ...made, body: change.body ?? JSON.stringify(event({ id, type, data: { job: { id: jobId } } })) };
}

function event(change: Partial<FeedEvent> = {}): FeedEvent {
  return { type: "job.succeeded", id: "evt_1", data: { job: { id: "job_1" } }, ...change };
}

/** `followed` is what is `read` unless it is said. */
function feed(change: Partial<Feed>): Feed {
  const read = change.read ?? [event()];
  return { tenant: "acme", followed: read, read, ...change };
}

/** As it must be when these webhooks are all there are. */
function feedOf(webhooks: readonly Webhook[]): Feed {
  const types = new Map(webhooks.map(({ eventId, type, jobId }) => [eventId, { type, jobId }]));
  return feed({
    read: [...types].map(([id, { type, jobId }]) => event({ id, type, data: { job: { id: jobId } } })),
  });
}

function left(change: Partial<Evidence["leftovers"]>): Change {
  return { leftovers: { ...nothingLeft, ...change } };
}

function process(change: Partial<ProcessEvidence>): Change {
  return { processes: [{ ...api, ...change }] };
}
