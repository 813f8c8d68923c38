// What a run measures, and how long.

export const MEASURES = ["intake", "endToEnd", "looks", "deliveries", "latency"] as const;
export type Measure = (typeof MEASURES)[number];

export type Plan = {
  /** Ours and the floor, in turn. */
  pairs: number;
  /** One burst of requests at the API, in seconds; the first of each side only warms up. */
  intakeS: number;
  connections: number;
  /** Jobs of one end-to-end run. */
  jobs: number;
  /** Runs of each side that only warm up; they also fill the thousand finished entries that BullMQ keeps of each queue. */
  warmUps: number;
  /** Tasks that never end, and for how long looks at them are counted, in ms. */
  tasks: number;
  looksMs: number;
  /** Jobs of a run that times submissions, one after the other. */
  submissions: number;
  /** Deliveries that wait, of one run. */
  deliveries: number;
  /** For how long jobs are settled one by one, at `SETTLES_A_SECOND`. */
  settlesS: number;
};

export const full: Plan = {
  pairs: 5,
  intakeS: 3,
  connections: 32,
  jobs: 1000,
  warmUps: 2,
  tasks: 200,
  looksMs: 3000,
  submissions: 10,
  deliveries: 6000,
  settlesS: 5,
};

export const quick: Plan = {
  pairs: 1,
  intakeS: 1,
  connections: 8,
  jobs: 100,
  warmUps: 1,
  tasks: 50,
  looksMs: 1000,
  submissions: 2,
  deliveries: 600,
  settlesS: 2,
};

export const LOOKS_A_JOB = 3;

export const SETTLES_A_SECOND = 300;

export const API_KEY = "the-benchmarks-own-key-0123456789";

/** What both sides accept: a job as a caller would send it. `webhook` is where its end is told. */
export const jobBody = (webhook: string): string =>
  JSON.stringify({
    input: {
      prompt: "A lighthouse in a storm at dusk, waves breaking over the rocks, seen from a boat",
      size: "1280*720",
      duration: 5,
    },
    webhook: { url: webhook },
    reference: "order-42",
    metadata: { campaign: "7" },
  });

/**
 * The product's environment: whatever would hold it up on purpose is out of the way. `SUBMIT_DURABILITY=memory`, since
 * with `appendfsync everysec` the proof waits for the disk, up to a second, which the floor never does.
 */
export const ourEnvironment = {
  KEY_PREFIX: "bench",
  API_KEYS: `bench:${API_KEY}`,
  WEBHOOK_SECRET: `whsec_${Buffer.from("a secret of the benchmark alone.").toString("base64")}`,
  WEBHOOK_ALLOW_CIDRS: "127.0.0.1/32",
  // What waits for a receiver that holds its answers must not time out.
  WEBHOOK_TIMEOUT_MS: "60000",
  ENCRYPTION_KEY: Buffer.from("a key of 32 bytes for benchmarks").toString("base64"),
  LOG_LEVEL: "info",
  RATE_LIMIT_RPM: "10000000",
  MAX_QUEUED_PER_TENANT: "10000000",
  WORKER_PORT: "0",
  NOVITA_API_KEY: "the-benchmarks-own-key-of-novita",
  POLL_FIRST_MS: "1",
  POLL_BASE_MS: "1",
  POLL_MAX_MS: "1",
  POLL_TIMEOUT_MS: "60000",
  SUBMIT_RPM: "1000000",
  MAX_IN_FLIGHT: "100000",
  SUBMIT_DURABILITY: "memory",
};
