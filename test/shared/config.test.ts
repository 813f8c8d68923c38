import { describe, expect, test } from "vitest";

import { loadApiConfig, loadStoreConfig, loadWorkerConfig } from "../../src/shared/config.ts";
import { SetupError } from "../../src/shared/errors.ts";

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const OLD_SECRET = `whsec_${Buffer.alloc(24, 8).toString("base64")}`;
const KEY = "k".repeat(24);
const OTHER_KEY = "o".repeat(30);

type Environment = Record<string, string | undefined>;
type Process = "api" | "worker";

/** What each process must be told, and the API's keys; everything else has a default. */
const required: Record<Process, Environment> = {
  api: { API_KEYS: `acme:${KEY}`, WEBHOOK_SECRET: SECRET },
  worker: { NOVITA_API_KEY: "sk_novita", WEBHOOK_SECRET: SECRET },
};
const processes: Process[] = ["api", "worker"];

const load = (process: Process, environment: Environment): Record<string, unknown> =>
  process === "api" ? loadApiConfig(environment) : loadWorkerConfig(environment);

const valueOf = (process: Process, name: string, text: string | undefined): unknown =>
  load(process, { ...required[process], [name]: text })[name];

/** Every fault that the process would tell of. */
function faultsOf(process: Process, environment: Environment): string[] {
  try {
    load(process, environment);
    return [];
  } catch (error) {
    if (error instanceof SetupError) return error.faults;
    throw error;
  }
}

const namesIn = (faults: string[]): string[] => faults.map((fault) => fault.replace(/ .*/s, "")).sort();

const LOCAL_REDIS = { kind: "single", url: "redis://127.0.0.1:6379" };
const api: Process[] = ["api"];
const worker: Process[] = ["worker"];

/** The contract's table, as parsed; undefined = none. */
const defaults: [string, Process[], unknown][] = [
  ["REDIS_URL", processes, LOCAL_REDIS],
  ["KEY_PREFIX", processes, "onetake"],
  ["NOVITA_BASE_URL", worker, "https://api.novita.ai"],
  ["NOVITA_ALLOW_HTTP", worker, false],
  ["HOST", api, "127.0.0.1"],
  ["PORT", api, 3000],
  ["PUBLIC_URL", processes, undefined],
  ["WORKER_HOST", worker, "127.0.0.1"],
  ["WORKER_PORT", worker, 3001],
  ["ADMIN_KEY", processes, undefined],
  ["WEBHOOK_ALLOW_CIDRS", processes, undefined],
  ["WEBHOOK_RETRY_SCHEDULE", worker, [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]],
  ["WEBHOOK_TIMEOUT_MS", processes, 15_000],
  ["WEBHOOK_EGRESS_PROXY", worker, undefined],
  ["POLL_FIRST_MS", worker, 10_000],
  ["POLL_BASE_MS", worker, 3000],
  ["POLL_MAX_MS", worker, 15_000],
  ["RECOVERY_POLL_MS", worker, 300_000],
  ["TASK_LOST_GRACE_S", worker, 60],
  ["BREAKER_PROBE_S", worker, 60],
  ["RESCUE_INTERVAL_S", worker, 15],
  ["JOB_TIMEOUT_S", api, 3600],
  ["START_TIMEOUT_S", api, 86_400],
  ["MAX_QUEUED_PER_TENANT", api, 10_000],
  ["INTAKE_MEMORY_PERCENT", api, 80],
  ["INTAKE_DURABILITY", api, "memory"],
  ["RATE_LIMIT_RPM", api, 6000],
  ["DAILY_BUDGET_USD", processes, undefined],
  ["MAX_IN_FLIGHT", worker, 20],
  ["SLOT_TTL_S", worker, 1800],
  ["SUBMIT_RPM", worker, 20],
  ["SUBMIT_DURABILITY", worker, "auto"],
  ["RESTORE_GAP_S", worker, 60],
  ["HOLD_TIMEOUT_S", worker, 604_800],
  ["REQUIRE_IDEMPOTENCY_KEY", api, false],
  ["SUBMIT_TIMEOUT_MS", processes, 60_000],
  ["POLL_TIMEOUT_MS", worker, 10_000],
  ["PRICES", processes, undefined],
  ["RETENTION_S", processes, 2_592_000],
  ["SHUTDOWN_TIMEOUT_MS", processes, 75_000],
  ["LOG_LEVEL", processes, "info"],
];

const everywhere = defaults.flatMap(([name, readers, value]) =>
  readers.map((process) => [name, process, value] as const),
);

test.each(everywhere)("%s unset in the %s -> the contract's default: %j", (name, process, value) => {
  expect(valueOf(process, name, undefined)).toEqual(value);
});

test.each(everywhere)("%s empty in the %s -> as if it were unset", (name, process, value) => {
  expect(valueOf(process, name, "")).toEqual(value);
});

test.each(processes)("the %s -> has no variable that the contract's table does not list", (process) => {
  const listed = defaults.filter(([, readers]) => readers.includes(process)).map(([name]) => name);
  // Node's own switch, which the configuration only forbids.
  const known = [...listed, ...Object.keys(required[process]), "NODE_TLS_REJECT_UNAUTHORIZED"];
  const parsed = Object.keys(load(process, { ...allSet(process), NODE_TLS_REJECT_UNAUTHORIZED: "1" }));
  expect(parsed.sort()).toEqual(known.sort());
});

/** An environment that sets each variable, so that none hides by being unset. */
function allSet(process: Process): Environment {
  const optional = {
    ADMIN_KEY: OTHER_KEY,
    PUBLIC_URL: "https://x.example",
    WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8",
    WEBHOOK_EGRESS_PROXY: "http://egress.internal:4750",
    PRICES: "a:b=1",
    DAILY_BUDGET_USD: "10",
  };
  return { ...required[process], ...optional };
}

describe("required", () => {
  test.each<[Process, string[]]>([
    ["api", ["WEBHOOK_SECRET"]],
    ["worker", ["NOVITA_API_KEY", "WEBHOOK_SECRET"]],
  ])("nothing set in the %s -> told of each of %j, and of nothing else", (process, names) => {
    const faults = faultsOf(process, {});
    expect(namesIn(faults)).toEqual(names);
    for (const fault of faults) expect(fault).toContain("is required");
  });

  test.each([undefined, ""])("API_KEYS=%j -> none: there may be keys that were made by command", (text) => {
    expect(valueOf("api", "API_KEYS", text)).toBeUndefined();
  });

  test.each(processes)("what is required in the %s -> enough", (process) => {
    expect(faultsOf(process, required[process])).toEqual([]);
  });
});

describe("valid", () => {
  test.each<[Process, string, string, unknown]>([
    ["api", "REDIS_URL", "rediss://r.example:6380", { kind: "single", url: "rediss://r.example:6380" }],
    ["worker", "REDIS_URL", "redis://a,redis://b", { kind: "cluster", seeds: ["redis://a", "redis://b"] }],
    ["api", "KEY_PREFIX", `${"a".repeat(38)}_-`, `${"a".repeat(38)}_-`],
    ["worker", "NOVITA_API_KEY", "sk-1/+=", "sk-1/+="],
    ["worker", "NOVITA_BASE_URL", "https://sister.example/novita/", "https://sister.example/novita"],
    ["worker", "NOVITA_BASE_URL", "http://127.0.0.1:4000", "http://127.0.0.1:4000"],
    ["worker", "NOVITA_BASE_URL", "http://localhost:4000/", "http://localhost:4000"],
    ["worker", "NOVITA_BASE_URL", "http://[::1]:4000", "http://[::1]:4000"],
    ["worker", "NOVITA_ALLOW_HTTP", "true", true],
    ["api", "HOST", "0.0.0.0", "0.0.0.0"],
    ["api", "PORT", "0", 0],
    ["api", "PORT", "65535", 65_535],
    ["api", "PUBLIC_URL", "https://api.example/onetake//", "https://api.example/onetake"],
    ["worker", "WORKER_HOST", "::", "::"],
    ["worker", "WORKER_PORT", "0", 0],
    ["api", "API_KEYS", `acme:${KEY}`, [{ tenant: "acme", key: KEY }]],
    [
      "api",
      "API_KEYS",
      `a-1:${KEY}, a-1:${OTHER_KEY}`,
      [
        { tenant: "a-1", key: KEY },
        { tenant: "a-1", key: OTHER_KEY },
      ],
    ],
    ["api", "API_KEYS", `acme:${KEY}:with:colons`, [{ tenant: "acme", key: `${KEY}:with:colons` }]],
    ["api", "ADMIN_KEY", OTHER_KEY, OTHER_KEY],
    ["worker", "ADMIN_KEY", KEY, KEY],
    ["api", "WEBHOOK_SECRET", `${SECRET},${OLD_SECRET}`, [Buffer.alloc(32, 7), Buffer.alloc(24, 8)]],
    ["worker", "WEBHOOK_ALLOW_CIDRS", "127.0.0.0/8, ::1/128", ["127.0.0.0/8", "::1/128"]],
    ["worker", "WEBHOOK_RETRY_SCHEDULE", "0, 60", [0, 60]],
    ["worker", "WEBHOOK_TIMEOUT_MS", "100", 100],
    [
      "worker",
      "WEBHOOK_EGRESS_PROXY",
      "http://user:p%40ss@10.0.0.9:4750",
      new URL("http://user:p%40ss@10.0.0.9:4750/"),
    ],
    ["worker", "WEBHOOK_EGRESS_PROXY", "https://[fd00::9]/", new URL("https://[fd00::9]/")],
    ["worker", "POLL_FIRST_MS", "1", 1],
    ["worker", "POLL_BASE_MS", "1", 1],
    ["worker", "POLL_MAX_MS", "86400000", 86_400_000],
    ["worker", "POLL_TIMEOUT_MS", "600000", 600_000],
    ["worker", "RECOVERY_POLL_MS", "1000", 1000],
    ["worker", "TASK_LOST_GRACE_S", "0", 0],
    ["worker", "BREAKER_PROBE_S", "1", 1],
    ["worker", "RESCUE_INTERVAL_S", "1", 1],
    ["api", "JOB_TIMEOUT_S", "604800", 604_800],
    ["api", "START_TIMEOUT_S", "1", 1],
    ["worker", "MAX_IN_FLIGHT", "1", 1],
    ["worker", "SLOT_TTL_S", "60", 60],
    ["worker", "SUBMIT_RPM", "1", 1],
    ["worker", "SUBMIT_DURABILITY", "replica", "replica"],
    ["api", "INTAKE_DURABILITY", "fsync", "fsync"],
    ["worker", "RESTORE_GAP_S", "0", 0],
    ["worker", "HOLD_TIMEOUT_S", "1", 1],
    ["api", "REQUIRE_IDEMPOTENCY_KEY", "true", true],
    ["worker", "SUBMIT_TIMEOUT_MS", "65000", 65_000],
    ["api", "RETENTION_S", "1", 1],
    ["worker", "SHUTDOWN_TIMEOUT_MS", "70000", 70_000],
    ["api", "LOG_LEVEL", "debug", "debug"],
    [
      "api",
      "PRICES",
      "wan2.7-t2v:720P=0.10, wan2.7-t2v:1080P=1",
      new Map([
        ["wan2.7-t2v:720P", 100_000],
        ["wan2.7-t2v:1080P", 1_000_000],
      ]),
    ],
    ["api", "PRICES", "m:t=0.000001", new Map([["m:t", 1]])],
    ["api", "NODE_TLS_REJECT_UNAUTHORIZED", "1", "1"],
  ])("%s, %s=%s -> %j", (process, name, text, value) => {
    expect(valueOf(process, name, text)).toEqual(value);
  });

  test("http to another host, allowed explicitly -> taken", () => {
    const environment = { ...required.worker, NOVITA_BASE_URL: "http://sim:4000", NOVITA_ALLOW_HTTP: "true" };
    expect(loadWorkerConfig(environment).NOVITA_BASE_URL).toBe("http://sim:4000");
  });

  test("variables that are nobody's -> ignored", () => {
    expect(faultsOf("api", { ...required.api, PATH: "/bin", NOVITA_API_KEY: "a b" })).toEqual([]);
  });
});

describe("invalid", () => {
  test.each<[Process, string, string]>([
    ["api", "REDIS_URL", "localhost:6379"],
    ["worker", "REDIS_URL", "redis://a,b"],
    ["api", "KEY_PREFIX", "a".repeat(41)],
    ["api", "KEY_PREFIX", "one{take}"],
    ["worker", "NOVITA_API_KEY", "sk with blanks"],
    ["worker", "NOVITA_API_KEY", "sk-ü"],
    ["worker", "NOVITA_BASE_URL", "api.novita.ai"],
    ["worker", "NOVITA_BASE_URL", "ftp://api.novita.ai"],
    ["worker", "NOVITA_BASE_URL", "https://user@api.novita.ai"],
    ["worker", "NOVITA_BASE_URL", "https://:secret@api.novita.ai"],
    ["worker", "NOVITA_BASE_URL", "https://api.novita.ai/?a=1"],
    ["worker", "NOVITA_BASE_URL", "https://api.novita.ai/?"],
    ["worker", "NOVITA_BASE_URL", "https://api.novita.ai/#"],
    ["worker", "NOVITA_BASE_URL", "http://api.novita.ai"],
    ["worker", "NOVITA_BASE_URL", "http://127.0.0.1.example"],
    ["worker", "NOVITA_ALLOW_HTTP", "yes"],
    ["api", "PORT", "65536"],
    ["api", "PORT", "-1"],
    ["api", "PORT", "0x10"],
    ["api", "PUBLIC_URL", "/onetake"],
    ["worker", "WORKER_PORT", "3001.5"],
    ["api", "API_KEYS", KEY],
    ["api", "API_KEYS", `acme:${"k".repeat(23)}`],
    ["api", "API_KEYS", `ACME:${KEY}`],
    ["api", "API_KEYS", `${"a".repeat(41)}:${KEY}`],
    ["api", "API_KEYS", `acme:${KEY},`],
    ["api", "API_KEYS", `acme:${KEY},other:${KEY}`],
    ["api", "ADMIN_KEY", "k".repeat(23)],
    ["worker", "ADMIN_KEY", "k".repeat(23)],
    // Such a key could never be sent as a Bearer.
    ["api", "ADMIN_KEY", "an operator's key with spaces in it"],
    ["worker", "ADMIN_KEY", "ключ-оператора-этой-установки"],
    ["api", "ADMIN_KEY", KEY],
    ["api", "WEBHOOK_SECRET", "secret"],
    ["worker", "WEBHOOK_SECRET", `whsec_${Buffer.alloc(23).toString("base64")}`],
    ["worker", "WEBHOOK_SECRET", `whsec_${Buffer.alloc(65).toString("base64")}`],
    ["worker", "WEBHOOK_SECRET", `${SECRET},`],
    ["api", "WEBHOOK_ALLOW_CIDRS", "127.0.0.1"],
    ["worker", "WEBHOOK_RETRY_SCHEDULE", "5,soon"],
    ["worker", "WEBHOOK_RETRY_SCHEDULE", "5,-1"],
    ["worker", "WEBHOOK_TIMEOUT_MS", "99"],
    ["worker", "WEBHOOK_EGRESS_PROXY", "egress.internal:4750"],
    ["worker", "WEBHOOK_EGRESS_PROXY", "socks5://egress.internal:4750"],
    ["worker", "WEBHOOK_EGRESS_PROXY", "http://egress.internal:4750/path"],
    ["worker", "WEBHOOK_EGRESS_PROXY", "http://egress.internal:4750?query"],
    ["worker", "WEBHOOK_EGRESS_PROXY", "http://user:100%@egress.internal:4750"],
    ["worker", "WEBHOOK_EGRESS_PROXY", "http://user:a%0d%0ab@egress.internal:4750"],
    ["worker", "POLL_FIRST_MS", "0"],
    ["worker", "POLL_BASE_MS", "0"],
    ["worker", "POLL_MAX_MS", "86400001"],
    ["worker", "POLL_TIMEOUT_MS", "600001"],
    ["worker", "RECOVERY_POLL_MS", "five minutes"],
    ["worker", "TASK_LOST_GRACE_S", "86401"],
    ["worker", "BREAKER_PROBE_S", "0"],
    ["worker", "RESCUE_INTERVAL_S", "3601"],
    ["api", "JOB_TIMEOUT_S", "604801"],
    ["api", "START_TIMEOUT_S", "0"],
    ["worker", "MAX_IN_FLIGHT", "0"],
    ["worker", "SLOT_TTL_S", "0"],
    ["worker", "SUBMIT_RPM", "0"],
    ["worker", "SUBMIT_RPM", "99999999999999999999"],
    ["worker", "SUBMIT_DURABILITY", "always"],
    ["api", "INTAKE_DURABILITY", "auto"],
    ["worker", "RESTORE_GAP_S", "-1"],
    ["worker", "HOLD_TIMEOUT_S", "0"],
    ["api", "REQUIRE_IDEMPOTENCY_KEY", "1"],
    ["api", "DAILY_BUDGET_USD", "ten"],
    ["api", "DAILY_BUDGET_USD", "1.0000001"],
    ["worker", "DAILY_BUDGET_USD", "-1"],
    ["api", "MAX_QUEUED_PER_TENANT", "0"],
    ["api", "INTAKE_MEMORY_PERCENT", "101"],
    ["api", "RATE_LIMIT_RPM", "0"],
    ["worker", "SUBMIT_TIMEOUT_MS", "1e4"],
    ["api", "RETENTION_S", "0"],
    ["worker", "SHUTDOWN_TIMEOUT_MS", "69999"],
    ["api", "SHUTDOWN_TIMEOUT_MS", "999"],
    ["api", "LOG_LEVEL", "loud"],
    ["api", "PRICES", "wan2.7-t2v=0.10"],
    ["api", "PRICES", "wan2.7-t2v:720P=0.1000001"],
    ["api", "PRICES", "wan2.7-t2v:720P=-1"],
    ["worker", "NODE_TLS_REJECT_UNAUTHORIZED", "0"],
  ])("%s, %s=%j -> one fault, which begins with its name", (process, name, text) => {
    expect(faultsOf(process, { ...required[process], [name]: text })).toEqual([
      expect.stringMatching(new RegExp(`^${name} (must|is)`)),
    ]);
  });

  test("a secret that is not valid -> not repeated in the fault", () => {
    const faults = faultsOf("api", {
      API_KEYS: "acme:tooshort",
      WEBHOOK_SECRET: "whsec_tooshort",
      ADMIN_KEY: "tooshort",
    });
    expect(faults).toHaveLength(3);
    expect(faults.join()).not.toContain("tooshort");
  });
});

describe("all faults at once", () => {
  test("every variable of the worker is wrong -> a fault for each", () => {
    const names = defaults.filter(([name, readers]) => readers.includes("worker") && name !== "WORKER_HOST");
    const wrong = Object.fromEntries(names.map(([name]) => [name, "\u0000"]));
    const told = faultsOf("worker", { ...wrong, NOVITA_API_KEY: "\u0000", WEBHOOK_SECRET: "\u0000" });
    const expected = [...Object.keys(wrong), "NOVITA_API_KEY", "WEBHOOK_SECRET"];
    expect(namesIn(told)).toEqual(expected.sort());
  });

  test("every variable of the API is wrong -> a fault for each", () => {
    const names = defaults.filter(([name, readers]) => readers.includes("api") && name !== "HOST");
    const wrong = Object.fromEntries(names.map(([name]) => [name, "\u0000"]));
    const told = faultsOf("api", { ...wrong, API_KEYS: "\u0000", WEBHOOK_SECRET: "\u0000" });
    const expected = [...Object.keys(wrong), "API_KEYS", "WEBHOOK_SECRET"];
    expect(namesIn(told)).toEqual(expected.sort());
  });
});

describe("commands that only look after what is stored", () => {
  test("nothing set -> the contract's defaults, and nothing else is asked for", () => {
    expect(loadStoreConfig({})).toEqual({ REDIS_URL: LOCAL_REDIS, KEY_PREFIX: "onetake" });
  });

  test("variables of the processes, good or bad -> not looked at", () => {
    const others = { API_KEYS: "\u0000", PORT: "-1", KEY_PREFIX: "mine" };
    expect(loadStoreConfig(others)).toEqual({ REDIS_URL: LOCAL_REDIS, KEY_PREFIX: "mine" });
  });

  test("both wrong -> both told", () => {
    expect(() => loadStoreConfig({ REDIS_URL: "http://x", KEY_PREFIX: "a b" })).toThrow(
      /^REDIS_URL must .*\nKEY_PREFIX must /,
    );
  });
});
