/** The variables that both processes read; they should be the same in both. Commands that look after what is stored read the first three. */
import { z } from "zod";

import { parseRedisUrl } from "../store/redis-url.ts";
import { parseCidr } from "../webhook/guard.ts";
import { parseEncryptionKey } from "../webhook/seal.ts";
import { parseSecret } from "../webhook/sign.ts";
import { about } from "./about.ts";
import { DAY_S, dollars, integer, list, parsed, prices, requestTimeoutMs, webUrl } from "./values.ts";

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** Where everything is stored. */
export const storeVariables = {
  REDIS_URL: parsed(
    parseRedisUrl,
    "must be redis://…, rediss://…, a comma-separated list of them, or redis+sentinel://host:port,host:port/name",
  )
    .prefault("redis://127.0.0.1:6379")
    .register(about, {
      meaning:
        "`redis://…` or `rediss://…`; several of them, separated by commas, are the seeds of a Redis Cluster; " +
        "`redis+sentinel://host:port,host:port/name` asks Sentinels for the primary called `name` (with " +
        "`user:password@` before the hosts, percent-encoded, when it wants them)",
      example: "rediss://:secret@redis.internal:6380",
    }),
  KEY_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/, "must be 1 to 40 of A-Z a-z 0-9 _ -")
    .default("onetake")
    .register(about, { meaning: "the hash tag that begins every key: 1 to 40 of `A-Z a-z 0-9 _ -`" }),
  ENCRYPTION_KEY: list(
    parseEncryptionKey,
    "must be base64 of 32 bytes; several separated by commas, the current one first",
  )
    .optional()
    .register(about, {
      meaning:
        "encrypts the secrets and headers of webhook endpoints at rest: base64 of 32 bytes (`openssl rand -base64 32`). " +
        "Several while rotating, separated by commas: the first encrypts, all of them decrypt. Required once endpoints are used",
    }),
};

export const sharedVariables = {
  ...storeVariables,
  PUBLIC_URL: webUrl.optional().register(about, {
    meaning:
      "where callers reach the API; makes the `urls` in jobs and events absolute, which are paths otherwise",
    example: "https://video.example.com",
  }),
  ADMIN_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{24,}$/, "must have 24 or more characters, of printable ASCII without spaces")
    .optional()
    .register(about, {
      meaning:
        "the operator's key, 24 or more characters of printable ASCII without spaces. To the API: reads and resolves jobs of " +
        "all tenants, pauses and resumes submissions; it differs from every API key, and without it there are no operator's routes. To both: lets Prometheus read " +
        "`/metrics` from another machine",
    }),
  WEBHOOK_SECRET: list(
    (text) => parseSecret(text),
    "must be whsec_ and base64 of 24 to 64 bytes; several separated by commas, the current one first",
  ).register(about, {
    meaning:
      "the master secret, `whsec_` and base64 of 24 to 64 bytes; each tenant's signing secret is derived from it. Several " +
      "while rotating, separated by commas: all of them sign, the first is the current one",
  }),
  WEBHOOK_ALLOW_CIDRS: list(
    (text) => (parseCidr(text) ? text : null),
    "must be CIDR ranges separated by commas, such as 127.0.0.0/8",
  )
    .optional()
    .register(about, {
      meaning:
        "private address ranges that webhooks may reach, separated by commas, over plain http too. Without it only public " +
        "addresses over https",
      example: "127.0.0.0/8",
    }),
  WEBHOOK_TIMEOUT_MS: requestTimeoutMs
    .prefault("15000")
    .register(about, { unit: "ms", meaning: "one attempt to deliver, from the DNS lookup to the last byte" }),
  SUBMIT_TIMEOUT_MS: requestTimeoutMs
    .prefault("60000")
    .register(about, { unit: "ms", meaning: "one paid request; past it the outcome is unknown" }),
  SHUTDOWN_TIMEOUT_MS: integer(1000, 3_600_000).prefault("75000").register(about, {
    unit: "ms",
    meaning: "how long a graceful shutdown may take; at least `SUBMIT_TIMEOUT_MS` + 10000",
  }),
  RETENTION_S: integer(1, 10 * 365 * DAY_S)
    .prefault("2592000")
    .register(about, { unit: "s", meaning: "how long a job's record is kept after its end" }),
  PRICES: prices.optional().register(about, {
    meaning:
      "`model:tier=dollars a second`, separated by commas; without it estimates are unknown and `max_cost` is refused",
    example: "wan2.7-t2v:720P=0.10",
  }),
  /** In micro-dollars. The worker keeps it as well: `on_unconfirmed: resubmit` buys there. */
  DAILY_BUDGET_USD: dollars.optional().register(about, {
    unit: "US dollars",
    meaning:
      "what the jobs of one tenant may cost in a UTC day, by their estimates: counted when a job is accepted or bought " +
      "again, given back when it turns out to have cost nothing. Needs `PRICES`",
    example: "12.50",
  }),
  LOG_LEVEL: z
    .enum(logLevels, "must be trace, debug, info, warn, error, fatal or silent")
    .default("info")
    .register(about, { meaning: "`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`" }),
  NODE_TLS_REJECT_UNAUTHORIZED: z
    .string()
    .refine(
      (text) => text !== "0",
      "must not be 0: certificates of webhooks and of Novita have to be checked",
    )
    .optional()
    .register(about, { meaning: "Node's own; `0` is refused, since certificates have to be checked" }),
};
