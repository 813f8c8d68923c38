/**
 * Configuration: the only reader of the environment. Every variable is validated at start and all faults are told at
 * once; a process that finds one ends with exit code 78. Names and defaults are part of the contract.
 */
import { z } from "zod";

import { SetupError } from "./errors.ts";
import { parseRedisUrl } from "./store/redis-url.ts";
import { parseCidr } from "./webhook/guard.ts";
import { parseSecret } from "./webhook/sign.ts";

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, "must be a whole number")
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must lie between ${min} and ${max}`);

const flag = z.enum(["true", "false"], "must be true or false").transform((text) => text === "true");

const parsed = <T>(parse: (text: string) => T | null, expected: string) =>
  z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== null) return value;
    context.addIssue({ code: "custom", message: expected });
    return z.NEVER;
  });

const list = <T>(parse: (text: string) => T | null, expected: string) =>
  parsed((text) => {
    const items = text.split(",").map((item) => parse(item.trim()));
    return items.some((item) => item === null) ? null : items.filter((item) => item !== null);
  }, expected);

const DAY_S = 86_400;
const MAX_TIMEOUT_S = 604_800;
const port = integer(0, 65_535);
const requestTimeoutMs = integer(100, 600_000);
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

const shared = {
  REDIS_URL: parsed(
    parseRedisUrl,
    "must be redis://…, rediss://…, a comma-separated list of them, or redis+sentinel://host:port,host:port/name",
  ).prefault("redis://127.0.0.1:6379"),
  KEY_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,40}$/, "must be 1 to 40 of A-Z a-z 0-9 _ -")
    .default("onetake"),
  PUBLIC_URL: parsed(parsePublicUrl, "must be an http(s) URL without query").optional(),
  WEBHOOK_SECRET: list(
    (text) => parseSecret(text),
    "must be whsec_ and base64 of 24 to 64 bytes; several separated by commas, the current one first",
  ),
  WEBHOOK_ALLOW_CIDRS: list(
    (text) => (parseCidr(text) ? text : null),
    "must be CIDR ranges separated by commas, such as 127.0.0.0/8",
  ).optional(),
  WEBHOOK_TIMEOUT_MS: requestTimeoutMs.prefault("15000"),
  SUBMIT_TIMEOUT_MS: requestTimeoutMs.prefault("60000"),
  SHUTDOWN_TIMEOUT_MS: integer(1000, 3_600_000).prefault("75000"),
  RETENTION_S: integer(1, 10 * 365 * DAY_S).prefault("2592000"),
  PRICES: parsed(
    parsePrices,
    "must be model:tier=dollars a second, separated by commas, such as wan2.7-t2v:720P=0.10",
  ).optional(),
  /** In micro-dollars. The worker keeps it as well: `on_unconfirmed: resubmit` buys there. */
  DAILY_BUDGET_USD: parsed(parseDollars, "must be US dollars, such as 250 or 12.50").optional(),
  LOG_LEVEL: z.enum(logLevels, "must be trace, debug, info, warn, error, fatal or silent").default("info"),
  NODE_TLS_REJECT_UNAUTHORIZED: z
    .string()
    .refine(
      (text) => text !== "0",
      "must not be 0: certificates of webhooks and of Novita have to be checked",
    )
    .optional(),
};

const apiVariables = {
  ...shared,
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: port.prefault("3000"),
  API_KEYS: parsed(
    parseApiKeys,
    "must be tenant:key[,tenant:key…]; tenant of a-z 0-9 -, at most 40; key of 24 or more characters; no key twice",
  ).optional(),
  ADMIN_KEY: z.string().min(24, "must have 24 or more characters").optional(),
  JOB_TIMEOUT_S: integer(1, MAX_TIMEOUT_S).prefault("3600"),
  START_TIMEOUT_S: integer(1, MAX_TIMEOUT_S).prefault("86400"),
  REQUIRE_IDEMPOTENCY_KEY: flag.prefault("false"),
  MAX_QUEUED_PER_TENANT: integer(1, 10_000_000).prefault("10000"),
  RATE_LIMIT_RPM: integer(1, 10_000_000).prefault("6000"),
};

const workerVariables = {
  ...shared,
  WORKER_HOST: z.string().min(1).default("127.0.0.1"),
  WORKER_PORT: port.prefault("3001"),
  NOVITA_API_KEY: z
    .string("is required: the key that Novita gave you")
    .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces"),
  NOVITA_BASE_URL: parsed(parsePublicUrl, "must be an http(s) URL without query").prefault(
    "https://api.novita.ai",
  ),
  NOVITA_ALLOW_HTTP: flag.prefault("false"),
  WEBHOOK_RETRY_SCHEDULE: list(
    (text) => (/^\d{1,7}$/.test(text) ? Number(text) : null),
    "must be whole seconds separated by commas",
  ).prefault("5,300,1800,7200,18000,36000,50400,72000,86400"),
  POLL_FIRST_MS: integer(1, DAY_S * 1000).prefault("10000"),
  POLL_BASE_MS: integer(1, DAY_S * 1000).prefault("3000"),
  POLL_MAX_MS: integer(1, DAY_S * 1000).prefault("15000"),
  POLL_TIMEOUT_MS: requestTimeoutMs.prefault("10000"),
  RECOVERY_POLL_MS: integer(1, DAY_S * 1000).prefault("300000"),
  TASK_LOST_GRACE_S: integer(0, DAY_S).prefault("60"),
  BREAKER_PROBE_S: integer(1, DAY_S).prefault("60"),
  RESCUE_INTERVAL_S: integer(1, 3600).prefault("15"),
  MAX_IN_FLIGHT: integer(1, 100_000).prefault("20"),
  SLOT_TTL_S: integer(1, MAX_TIMEOUT_S).prefault("1800"),
  SUBMIT_RPM: integer(1, 1_000_000).prefault("20"),
  SUBMIT_DURABILITY: z
    .enum(["auto", "memory", "fsync", "replica"], "must be auto, memory, fsync or replica")
    .default("auto"),
  HOLD_TIMEOUT_S: integer(1, 365 * DAY_S).prefault("604800"),
};

/** A fault that shows between variables; it is told beside the others as soon as those it compares are valid. */
const between = (variable: string, message: string, compared: string[]): BetweenParameters => ({
  path: [variable],
  message,
  when: ({ issues }) => !issues.some((issue) => [variable, ...compared].includes(String(issue.path?.[0]))),
});
type BetweenParameters = { path: string[]; message: string; when: (payload: z.core.ParsePayload) => boolean };

const leavesTime = (config: { SHUTDOWN_TIMEOUT_MS: number; SUBMIT_TIMEOUT_MS: number }): boolean =>
  config.SHUTDOWN_TIMEOUT_MS >= config.SUBMIT_TIMEOUT_MS + 10_000;
const shutdownFault = between(
  "SHUTDOWN_TIMEOUT_MS",
  "must be at least SUBMIT_TIMEOUT_MS + 10000: a submission under way must be able to end",
  ["SUBMIT_TIMEOUT_MS"],
);

const knowsPrices = (config: { DAILY_BUDGET_USD?: number | undefined; PRICES?: unknown }): boolean =>
  config.DAILY_BUDGET_USD === undefined || config.PRICES !== undefined;
const budgetFault = between("DAILY_BUDGET_USD", "needs PRICES: what nobody can estimate cannot be limited", [
  "PRICES",
]);

const Api = z
  .object(apiVariables)
  .refine(leavesTime, shutdownFault)
  .refine(knowsPrices, budgetFault)
  .refine(
    ({ API_KEYS = [], ADMIN_KEY }) => !API_KEYS.some(({ key }) => key === ADMIN_KEY),
    between("ADMIN_KEY", "must differ from every API key", ["API_KEYS"]),
  );

const Worker = z
  .object(workerVariables)
  .refine(leavesTime, shutdownFault)
  .refine(knowsPrices, budgetFault)
  .refine(
    (config) => config.NOVITA_ALLOW_HTTP || isSafeFromListeners(config.NOVITA_BASE_URL),
    between(
      "NOVITA_BASE_URL",
      "must be https unless the host is a loopback address or NOVITA_ALLOW_HTTP=true: the key would travel in the clear",
      ["NOVITA_ALLOW_HTTP"],
    ),
  );

const Store = z.object({ REDIS_URL: shared.REDIS_URL, KEY_PREFIX: shared.KEY_PREFIX });

export type ApiConfig = z.infer<typeof Api>;
export type WorkerConfig = z.infer<typeof Worker>;
export type StoreConfig = z.infer<typeof Store>;
export type ApiKey = { tenant: string; key: string };
type Environment = Record<string, string | undefined>;

export const loadApiConfig = (environment: Environment = process.env): ApiConfig => load(Api, environment);
export const loadWorkerConfig = (environment: Environment = process.env): WorkerConfig =>
  load(Worker, environment);
/** For commands that only look after what is stored. */
export const loadStoreConfig = (environment: Environment = process.env): StoreConfig =>
  load(Store, environment);

/** Parses the environment. An empty variable counts as unset. Throws a SetupError that names every fault. */
function load<T>(schema: z.ZodType<T>, environment: Environment): T {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  throw new SetupError(
    result.error.issues.map((issue) => {
      const missing = issue.code === "invalid_type" && set[String(issue.path[0])] === undefined;
      return `${issue.path.join(".")} ${missing ? "is required" : issue.message}`;
    }),
  );
}

/** An http(s) URL without a trailing slash. */
function parsePublicUrl(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || /[?#]/.test(text) || url.username || url.password)
    return null;
  return url.href.replace(/\/+$/, "");
}

function parseApiKeys(text: string): ApiKey[] | null {
  const keys = text
    .split(",")
    .map((pair) => /^([a-z0-9-]{1,40}):([\x21-\x2b\x2d-\x7e]{24,})$/.exec(pair.trim()));
  if (keys.some((match) => match === null)) return null;
  const pairs = keys.map((match) => ({ tenant: match?.[1] ?? "", key: match?.[2] ?? "" }));
  return new Set(pairs.map(({ key }) => key)).size === pairs.length ? pairs : null;
}

/** Micro-dollars a second by `model:tier`. */
function parsePrices(text: string): Map<string, number> | null {
  const prices = new Map<string, number>();
  for (const pair of text.split(",")) {
    const [, name = "", dollars = ""] = /^([\w.-]+:[\w.-]+)=([\d.]+)$/.exec(pair.trim()) ?? [];
    const price = parseDollars(dollars);
    if (price === null) return null;
    prices.set(name, price);
  }
  return prices;
}

/** Micro-dollars. */
function parseDollars(text: string): number | null {
  const [, dollars, micros = ""] = /^(\d{1,6})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  return dollars === undefined ? null : Number(dollars + micros.padEnd(6, "0"));
}

const isSafeFromListeners = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || isLoopback(hostname);
};

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
