import { describe, expect, test } from "vitest";

import {
  billingState,
  holdsSlot,
  isTerminal,
  Job,
  jobStatuses,
  openAttempt,
  transitions,
  watchedTasks,
} from "../../src/shared/job.ts";
import type { Attempt, BillingState, Task } from "../../src/shared/job.ts";
import { keysOf } from "../../src/shared/keys-of.ts";
import { newAttempt, newJob, newTask, NOON } from "../support/job.ts";

describe("the table of transitions", () => {
  const statuses: string[] = keysOf(jobStatuses);

  test("every move -> between statuses that exist", () => {
    for (const { from, to } of Object.values(transitions)) {
      expect(statuses).toContain(to);
      for (const status of from) expect(statuses).toContain(status);
    }
  });

  test("every status but the first -> can be reached; every live one can be left", () => {
    const reached = new Set<string>(Object.values(transitions).map(({ to }) => to));
    expect(statuses.filter((status) => !reached.has(status))).toEqual([]);
    const left = new Set<string>(Object.values(transitions).flatMap(({ from }) => [...from]));
    expect(statuses.filter((status) => !left.has(status)).sort()).toEqual(["canceled", "succeeded"]);
  });

  test("a terminal status -> left by recover only, from expired and failed", () => {
    const exits = keysOf(transitions).flatMap((name) =>
      transitions[name].from.filter(isTerminal).map((status) => `${name} ${status}`),
    );
    expect(exits).toEqual(["recover expired", "recover failed"]);
  });

  test("the paid request -> begun from queued only", () => {
    const doors = Object.values(transitions).filter(({ to }) => to === "submitting");
    expect(doors).toEqual([expect.objectContaining({ from: ["queued"] })]);
  });
});

test("the statuses of the contract -> exactly these, and these four are terminal", () => {
  expect(keysOf(jobStatuses)).toEqual([
    "queued",
    "submitting",
    "unconfirmed",
    "processing",
    "succeeded",
    "failed",
    "canceled",
    "expired",
  ]);
  expect(keysOf(jobStatuses).filter(isTerminal)).toEqual(["succeeded", "failed", "canceled", "expired"]);
});

const attempt = (state: Attempt["state"], n = 1): Attempt => newAttempt(NOON, { id: `att_${n}`, n, state });
const task = (state: Task["state"], n: number | null = 1): Task =>
  newTask(NOON, { id: `task-${n}`, attempt: n, state, watched: state === "running" || state === "lost" });

describe("billing", () => {
  test.each<[string, Attempt[], Task[], BillingState]>([
    ["nothing was bought", [], [], "not_billed"],
    ["an open POST", [attempt("open")], [], "unknown"],
    ["an unknown outcome", [attempt("unknown")], [], "unknown"],
    ["a definite refusal", [attempt("refused")], [], "not_billed"],
    ["an accepted task", [attempt("accepted")], [task("running")], "billed"],
    ["a task that succeeded", [attempt("accepted")], [task("succeeded")], "billed"],
    ["a task that is lost", [attempt("accepted")], [task("lost")], "billed"],
    ["a task that failed", [attempt("accepted")], [task("failed")], "unknown"],
    ["a task of no attempt", [], [task("running", null)], "billed"],
    ["a failed task of no attempt", [], [task("failed", null)], "unknown"],
    ["refused, then unknown", [attempt("refused"), attempt("unknown", 2)], [], "unknown"],
    ["unknown, then billed", [attempt("unknown"), attempt("accepted", 2)], [task("running", 2)], "billed"],
    [
      "failed, then billed",
      [attempt("accepted"), attempt("accepted", 2)],
      [task("failed"), task("succeeded", 2)],
      "billed",
    ],
    ["failed, then refused", [attempt("accepted"), attempt("refused", 2)], [task("failed")], "unknown"],
  ])("%s -> the worst of all", (_name, attempts, tasks, billing) => {
    expect(billingState(newJob(NOON, { attempts, tasks }))).toBe(billing);
  });
});

describe("a slot", () => {
  test.each<[string, Attempt, Task[], boolean]>([
    ["an open POST", attempt("open"), [], true],
    ["an unknown outcome", attempt("unknown"), [], true],
    ["a definite refusal", attempt("refused"), [], false],
    ["a task that runs", attempt("accepted"), [task("running")], true],
    ["a task that succeeded", attempt("accepted"), [task("succeeded")], false],
    ["a task that failed", attempt("accepted"), [task("failed")], false],
    ["a task that is lost", attempt("accepted"), [task("lost")], false],
    ["a task that is watched no more", attempt("accepted"), [{ ...task("running"), watched: false }], false],
    ["a success without a video yet", attempt("accepted"), [{ ...task("running"), blank: 1 }], false],
    ["only another attempt's task runs", attempt("accepted"), [task("failed"), task("running", 2)], false],
  ])("%s -> held: see the last column", (_name, held, tasks, holds) => {
    expect(holdsSlot(newJob(NOON, { attempts: [held], tasks }), held)).toBe(holds);
  });

  test("a job that is canceled -> its running task still holds one", () => {
    const job = newJob(NOON, {
      status: "canceled",
      attempts: [attempt("accepted")],
      tasks: [task("running")],
    });
    expect(job.attempts.map((each) => holdsSlot(job, each))).toEqual([true]);
  });
});

test("attempts of which one is open -> that one", () => {
  const job = newJob(NOON, { attempts: [attempt("unknown"), attempt("open", 2)] });
  expect(openAttempt(job)?.id).toBe("att_2");
  expect(openAttempt(newJob(NOON, { attempts: [attempt("unknown")] }))).toBeUndefined();
});

test("tasks of which some are watched -> those", () => {
  const tasks = [task("failed"), task("running", 2), task("lost", 3)];
  expect(watchedTasks(newJob(NOON, { tasks })).map(({ id }) => id)).toEqual(["task-2", "task-3"]);
});

describe("the record's schema", () => {
  test("a job -> comes back from JSON as it was", () => {
    const job = newJob(NOON, { attempts: [attempt("accepted")], tasks: [task("running")] });
    expect(Job.parse(JSON.parse(JSON.stringify(job)))).toEqual(job);
  });

  test("a field that a newer version has added -> kept, wherever it is, so that writing the record again does not lose it", () => {
    const job = { ...newJob(NOON), novel: 1, tasks: [{ ...task("running"), novel: 2 }] };
    expect(Job.parse(job)).toEqual(job);
  });
});
