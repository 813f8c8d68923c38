/** The variables that the API alone reads. */
import { z } from "zod";

import { about } from "./about.ts";
import { apiKeys, flag, integer, MAX_TIMEOUT_S, port } from "./values.ts";

export const apiVariables = {
  HOST: z.string().min(1).default("127.0.0.1").register(about, { meaning: "the address to listen on" }),
  PORT: port.prefault("3000").register(about, { meaning: "the port; 0 takes any free one, which is logged" }),
  API_KEYS: apiKeys.optional().register(about, {
    meaning:
      "`tenant:key`, separated by commas: tenant of `a-z 0-9 -`, at most 40 characters; key of 24 or more. A tenant may " +
      "have several keys. Needed unless a key has been made by `npm run keys`",
    example: "shop:9f3c1e7a5b2d4f6081c3e5a7",
  }),
  JOB_TIMEOUT_S: integer(1, MAX_TIMEOUT_S).prefault("3600").register(about, {
    unit: "s",
    meaning: "from Novita's acceptance to `expired`, for jobs that do not say `timeout_s`",
  }),
  START_TIMEOUT_S: integer(1, MAX_TIMEOUT_S).prefault("86400").register(about, {
    unit: "s",
    meaning:
      "from the POST to `expired` for a job that was never submitted, for jobs that do not say `start_timeout_s`",
  }),
  REQUIRE_IDEMPOTENCY_KEY: flag
    .prefault("false")
    .register(about, { meaning: "`true`: requests that buy are refused without an `Idempotency-Key`" }),
  INTAKE_DURABILITY: z
    .enum(["memory", "fsync", "replica"], "must be memory, fsync or replica")
    .default("memory")
    .register(about, {
      meaning:
        "how sure a job, a retry, a cancel, a decision or an erasure must be before its caller hears of it: `memory`, `fsync` (the " +
        "append-only file holds it) or `replica` (all have it, at least one). What is not confirmed in 5 s is a 503 that names the job",
    }),
  MAX_QUEUED_PER_TENANT: integer(1, 10_000_000).prefault("10000").register(about, {
    meaning: "how many jobs of one tenant may be queued; any more are refused with 429",
  }),
  INTAKE_MEMORY_PERCENT: integer(1, 100)
    .prefault("80")
    .register(about, {
      unit: "%",
      meaning:
        "how much of its `maxmemory` Redis may have used before new jobs are refused with 503, so that there is room to finish those " +
        "that are accepted. A Redis without `maxmemory` refuses none",
    }),
  RATE_LIMIT_RPM: integer(1, 10_000_000)
    .prefault("6000")
    .register(about, {
      meaning:
        "how many requests a minute one tenant may make, over all API processes; any more are refused with 429. The minute begins with a " +
        "request; requests without a valid key are not counted",
    }),
};
