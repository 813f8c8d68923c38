/**
 * Configuration: the only reader of the environment. Every variable is validated at start and all faults are told at
 * once; a process that finds one ends with exit code 78. Names and defaults are part of the contract. What each variable
 * is for stands beside its rule, in `config/`; docs/configuration.md is written from there.
 */
import { z } from "zod";

import { apiVariables } from "./config/api-variables.ts";
import { sharedVariables, storeVariables } from "./config/shared-variables.ts";
import { workerVariables } from "./config/worker-variables.ts";
import { SetupError } from "./errors.ts";
import { isLoopbackHost } from "./loopback.ts";

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
  .object({ ...sharedVariables, ...apiVariables })
  .refine(leavesTime, shutdownFault)
  .refine(knowsPrices, budgetFault)
  .refine(
    ({ API_KEYS = [], ADMIN_KEY }) => !API_KEYS.some(({ key }) => key === ADMIN_KEY),
    between("ADMIN_KEY", "must differ from every API key", ["API_KEYS"]),
  );

const Worker = z
  .object({ ...sharedVariables, ...workerVariables })
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

const Store = z.object(storeVariables);

export type { ApiKey } from "./config/values.ts";
export type ApiConfig = z.infer<typeof Api>;
export type WorkerConfig = z.infer<typeof Worker>;
export type StoreConfig = z.infer<typeof Store>;
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

const isSafeFromListeners = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || isLoopbackHost(hostname);
};
