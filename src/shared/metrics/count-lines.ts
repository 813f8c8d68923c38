/** What this process has seen happen, counted by its own log lines. Its sum over all processes is the truth. */
import type { Registry } from "prom-client";

import { breakerCauses } from "../breaker.ts";
import { jobErrors } from "../errors.ts";
import { keysOf } from "../keys-of.ts";
import type { Level } from "../log-line.ts";
import type { LineFields, LineName } from "../log-lines.ts";
import type { Listener } from "../logger.ts";
import { losses } from "../losses.ts";
import { models } from "../models.ts";
import { stages } from "../queues.ts";
import { counter, gauge, histogram } from "./instruments.ts";

/** Upper bounds in seconds, but for looks. */
const buckets = {
  answer: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
  upstream: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  wait: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400],
  generation: [5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 3600],
  life: [5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400, 604_800],
  attempt: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
  delay: [0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 1800, 7200, 86_400, 259_200],
  looks: [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233],
};

type Observers = { [N in LineName]?: (fields: LineFields<N>) => void };

/** Registers the metrics, and returns what has to hear of each line. */
export function countLines(registry: Registry): Listener {
  const observers: Observers = {
    ...requestObservers(registry),
    ...jobObservers(registry),
    ...upstreamObservers(registry),
    ...deliveryObservers(registry),
    ...alarmObservers(registry),
  };
  const lines = counter(
    registry,
    "log_lines_total",
    "Lines of the log's catalogue by level, including those below LOG_LEVEL.",
    ["level"],
  );
  const levels: Level[] = ["debug", "info", "warn", "error", "fatal"];
  for (const level of levels) lines.inc({ level }, 0);
  return (name, fields, level) => {
    lines.inc({ level });
    observers[name]?.(fields);
  };
}

function requestObservers(registry: Registry): Observers {
  const requests = histogram(registry, "http_request_duration_seconds", buckets.answer, {
    help: "Time from a request's arrival to the end of its answer; waits and streams are as long as their callers want.",
    labels: ["method", "route", "status_code"],
  });
  const accepted = counter(registry, "jobs_accepted_total", "Jobs that POSTs have made.", ["model"]);
  for (const model of Object.keys(models)) accepted.inc({ model }, 0);
  return {
    "http.request": (line) => requests.observe(labelsOf(line), line.duration_ms / 1000),
    "job.accepted": ({ model }) => accepted.inc({ model }),
  };
}

/** The methods that routes of ours know. */
const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PATCH", "DELETE"]);

/** Anybody may try any method on any route: what leads nowhere is one series, not one for each trial. */
const labelsOf = ({ method, route, http_status }: LineFields<"http.request">) => ({
  method: methods.has(method) ? method : "other",
  route: http_status === 405 ? "unknown" : route,
  status_code: http_status ?? 0,
});

function jobObservers(registry: Registry): Observers {
  const generation = histogram(registry, "job_generation_seconds", buckets.generation, {
    help: "Time from Novita's acceptance of a task to its video.",
    labels: ["model"],
  });
  const life = histogram(registry, "job_end_to_end_seconds", buckets.life, {
    help: "Time from a job's intake to its end, by the status that it ended in; each job counts once, also one that recovers later.",
    labels: ["status"],
  });
  const looks = histogram(registry, "job_looks", buckets.looks, {
    help: "Looks at its tasks that a job took until its end.",
    labels: ["status"],
  });
  const failures = counter(
    registry,
    "jobs_failed_total",
    "Jobs that ended with an error, those that recover later among them.",
    ["error_code"],
  );
  for (const error_code of keysOf(jobErrors)) failures.inc({ error_code }, 0);
  const recovered = counter(
    registry,
    "jobs_recovered_total",
    "Jobs whose video came after they had failed or expired.",
  );
  return {
    "job.settled": ({ model, status, error_code, duration_ms, generation_ms, polls }) => {
      life.observe({ status }, duration_ms / 1000);
      looks.observe({ status }, polls);
      if (generation_ms !== null) generation.observe({ model }, generation_ms / 1000);
      if (error_code !== null) failures.inc({ error_code });
    },
    "job.recovered": () => recovered.inc(),
  };
}

function upstreamObservers(registry: Registry): Observers {
  const requests = histogram(registry, "upstream_request_duration_seconds", buckets.upstream, {
    help: "Requests to Novita: submit is a paid one, look asks for a task.",
    labels: ["operation", "outcome"],
  });
  const wait = histogram(registry, "job_time_to_submit_seconds", buckets.wait, {
    help: "Time from a job's intake to the paid request that Novita accepted.",
    labels: ["model"],
  });
  return {
    "job.submitted": ({ model, outcome, cause, duration_ms, wait_ms }) => {
      // Past its deadline nothing is tried, so there was no request.
      if (cause !== "deadline") requests.observe({ operation: "submit", outcome }, duration_ms / 1000);
      if (outcome === "accepted") wait.observe({ model }, wait_ms / 1000);
    },
    "job.polled": ({ outcome, duration_ms }) =>
      requests.observe({ operation: "look", outcome }, duration_ms / 1000),
  };
}

function deliveryObservers(registry: Registry): Observers {
  const attempts = histogram(registry, "delivery_attempt_duration_seconds", buckets.attempt, {
    help: "Attempts to deliver an event: delivered, or the code of what went wrong.",
    labels: ["outcome"],
  });
  const delay = histogram(registry, "delivery_delay_seconds", buckets.delay, {
    help: "Time from an event to its receipt; redeliveries that somebody asked for are left out.",
    labels: [],
  });
  const givenUp = counter(
    registry,
    "deliveries_failed_total",
    "Deliveries given up after their last attempt, or when their receiver was down for as long.",
  );
  const opened = counter(
    registry,
    "destination_opened_total",
    "How often nothing was sent to a receiver for a while, since it failed again and again.",
  );
  const disabled = counter(
    registry,
    "endpoints_disabled_total",
    "Endpoints disabled by what their receivers did; not those that their owners disabled.",
    ["reason"],
  );
  for (const reason of ["gone", "failing"]) disabled.inc({ reason }, 0);
  return {
    "delivery.attempted": ({ error_code, generation, status, duration_ms, delay_ms }) => {
      attempts.observe({ outcome: error_code ?? "delivered" }, duration_ms / 1000);
      if (error_code === null && generation === 1) delay.observe(delay_ms / 1000);
      if (status === "failed") givenUp.inc();
    },
    "delivery.given_up": () => givenUp.inc(),
    "destination.opened": () => opened.inc(),
    "endpoint.disabled": ({ disabled_reason: reason }) => disabled.inc({ reason }),
  };
}

function alarmObservers(registry: Registry): Observers {
  const unconfirmed = counter(
    registry,
    "jobs_unconfirmed_total",
    "Jobs that have had to wait for a decision, since nobody knows whether they were bought; not those that fail or buy again by themselves.",
  );
  const unproven = counter(
    registry,
    "submissions_unproven_total",
    "Submissions that were not sent, since Redis did not confirm them in time.",
  );
  const closed = gauge(
    registry,
    "intake_closed",
    "1 while this API takes no jobs in, since Redis does not confirm what INTAKE_DURABILITY wants.",
  );
  const egress = counter(
    registry,
    "egress_unreachable_total",
    "How often the egress proxy was found to fail; each process counts at most once in ten seconds.",
  );
  const orphans = counter(registry, "orphan_tasks_total", "Paid tasks that no job was waiting for.");
  const forgot = counter(
    registry,
    "redis_forgot_total",
    "How often this worker found that Redis was wiped, had gone back in time, or may have been restored.",
    ["what"],
  );
  for (const what of losses) forgot.inc({ what }, 0);
  const opened = counter(registry, "breaker_opened_total", "How often submissions were stopped.", ["cause"]);
  for (const cause of breakerCauses) opened.inc({ cause }, 0);
  const newer = counter(
    registry,
    "records_newer_total",
    "How often a record was met that only processes of a newer version can read.",
  );
  const rescued = counter(registry, "rescued_total", "Lost wake-ups and lost submissions repaired.", [
    "what",
  ]);
  for (const what of ["job", ...stages]) rescued.inc({ what }, 0);
  return {
    "job.unconfirmed": () => unconfirmed.inc(),
    "submit.unproven": () => unproven.inc(),
    "intake.closed": () => closed.set(1),
    "intake.open": () => closed.set(0),
    "redis.forgot": ({ what }) => forgot.inc({ what }),
    "egress.unreachable": () => egress.inc(),
    orphan_task: () => orphans.inc(),
    "breaker.open": ({ cause }) => opened.inc({ cause }),
    "record.newer": () => newer.inc(),
    "wake_up.rescued": ({ stage }) => rescued.inc({ what: stage }),
    "job.rescued": () => rescued.inc({ what: "job" }),
  };
}
