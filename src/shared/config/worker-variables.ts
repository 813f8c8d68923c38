/** The variables that the worker alone reads. */
import { z } from "zod";

import { about } from "./about.ts";
import {
  DAY_S,
  flag,
  integer,
  list,
  MAX_TIMEOUT_S,
  port,
  proxyUrl,
  requestTimeoutMs,
  webUrl,
} from "./values.ts";

export const workerVariables = {
  WORKER_HOST: z
    .string()
    .min(1)
    .default("127.0.0.1")
    .register(about, { meaning: "the address of its `/livez`, `/readyz` and `/metrics`" }),
  WORKER_PORT: port
    .prefault("3001")
    .register(about, { meaning: "their port; 0 takes any free one, which is logged" }),
  NOVITA_API_KEY: z
    .string("is required: the key that Novita gave you")
    .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces")
    .register(about, { meaning: "the key that Novita gave you" }),
  NOVITA_BASE_URL: webUrl.prefault("https://api.novita.ai").register(about, {
    meaning: "another host with the same API, or the simulator; redirects are never followed",
    example: "http://127.0.0.1:4010",
  }),
  NOVITA_ALLOW_HTTP: flag.prefault("false").register(about, {
    meaning: "`true` allows plain http to a host that is not loopback: the key then travels in the clear",
  }),
  SUBMIT_RPM: integer(1, 1_000_000).prefault("20").register(about, {
    meaning: "submissions a minute for each model, over all workers, evenly spaced with a small burst",
  }),
  MAX_IN_FLIGHT: integer(1, 100_000)
    .prefault("20")
    .register(about, { meaning: "paid tasks at Novita at once, over all workers" }),
  SLOT_TTL_S: integer(1, MAX_TIMEOUT_S)
    .prefault("1800")
    .register(about, {
      unit: "s",
      meaning:
        "an attempt whose end is never seen keeps its place among them this long; after a brownout each `unconfirmed` " +
        "attempt holds one, so buying is slower until then",
    }),
  SUBMIT_DURABILITY: z
    .enum(["auto", "memory", "fsync", "replica"], "must be auto, memory, fsync or replica")
    .default("auto")
    .register(about, {
      meaning:
        "how sure `submitting` must be before the paid request leaves: `memory`, `fsync` (the append-only file holds it), " +
        "`replica` (all have it, at least one), or `auto`, the strongest that the server offers. What is not confirmed is not sent",
    }),
  BREAKER_PROBE_S: integer(1, DAY_S)
    .prefault("60")
    .register(about, {
      unit: "s",
      meaning:
        "while submission is stopped (empty wallet, bad key, a proxy's refusal, three unknown outcomes or failed " +
        "connections in a row), one job tries this often",
    }),
  RESTORE_GAP_S: integer(0, 365 * DAY_S)
    .prefault("60")
    .register(about, {
      unit: "s",
      meaning:
        "a Redis that has been restarted, and in which no worker has lived for longer than this, may be a backup whose queued " +
        "jobs are bought already: the first worker pauses submissions. 0: never. What workers that live find lost always pauses",
    }),
  HOLD_TIMEOUT_S: integer(1, 365 * DAY_S)
    .prefault("604800")
    .register(about, {
      unit: "s",
      meaning: "an `unconfirmed` job that nobody resolves ends as `failed` after this",
    }),
  POLL_FIRST_MS: integer(1, DAY_S * 1000)
    .prefault("10000")
    .register(about, { unit: "ms", meaning: "from acceptance to the first look at a task" }),
  POLL_BASE_MS: integer(1, DAY_S * 1000)
    .prefault("3000")
    .register(about, {
      unit: "ms",
      meaning:
        "the first gap between looks; each is half as long again as the one before, give or take a tenth",
    }),
  POLL_MAX_MS: integer(1, DAY_S * 1000)
    .prefault("15000")
    .register(about, { unit: "ms", meaning: "the longest gap" }),
  POLL_TIMEOUT_MS: requestTimeoutMs.prefault("10000").register(about, { unit: "ms", meaning: "one look" }),
  RECOVERY_POLL_MS: integer(1, DAY_S * 1000)
    .prefault("300000")
    .register(about, {
      unit: "ms",
      meaning: "the gap between looks after a job's deadline, for 24 hours more",
    }),
  TASK_LOST_GRACE_S: integer(0, DAY_S)
    .prefault("60")
    .register(about, {
      unit: "s",
      meaning:
        "a 404 on a look counts only after this; the third in a row loses the task, if a look at another task went well " +
        "within the last minute",
    }),
  RESCUE_INTERVAL_S: integer(1, 3600)
    .prefault("15")
    .register(about, { unit: "s", meaning: "how often records whose next step is overdue are looked for" }),
  WEBHOOK_RETRY_SCHEDULE: list(
    (text) => (/^\d{1,7}$/.test(text) ? Number(text) : null),
    "must be whole seconds separated by commas",
  )
    .prefault("5,300,1800,7200,18000,36000,50400,72000,86400")
    .register(about, {
      unit: "s",
      meaning:
        "how long a delivery waits before its attempt 2, 3 and so on; each wait is up to a fifth longer",
    }),
  WEBHOOK_EGRESS_PROXY: proxyUrl.optional().register(about, {
    meaning:
      "a CONNECT proxy, `http://` or `https://`, with `user:password@` (percent-encoded) when it wants them, that all webhooks " +
      "then go through. It is told addresses that were checked here, and has to answer 403 for one that it forbids, 502 or " +
      "504 for one that it cannot reach, within three quarters of `WEBHOOK_TIMEOUT_MS`; any other refusal is its own fault, " +
      "and spends no attempt. `WEBHOOK_ALLOW_CIDRS` then opens what the proxy reaches",
    example: "http://egress.internal:4750",
  }),
};
