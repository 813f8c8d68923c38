import { acme, masterKey, umbra } from "./caller.ts";

/** Seals what endpoints keep secret. */
export const sealKey = Buffer.alloc(32, 9);

/** What both processes need; loopback only, with ports of their own. */
const common = {
  WEBHOOK_SECRET: `whsec_${masterKey.toString("base64")}`,
  ENCRYPTION_KEY: sealKey.toString("base64"),
  WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8",
  // Tests ask again and again.
  RATE_LIMIT_RPM: "1000000",
  API_KEYS: [acme, umbra].map(({ name, key }) => `${name}:${key}`).join(","),
  HOST: "127.0.0.1",
  PORT: "0",
  WORKER_HOST: "127.0.0.1",
  WORKER_PORT: "0",
  NOVITA_API_KEY: "novita-key-for-the-e2e-tests",
};

/** The product's own times made short, where they only say how long to wait; what repairs lost work keeps its defaults. */
const quick = {
  SUBMIT_TIMEOUT_MS: "3000",
  SHUTDOWN_TIMEOUT_MS: "15000",
  SUBMIT_RPM: "1000000",
  BREAKER_PROBE_S: "1",
  POLL_FIRST_MS: "300",
  POLL_BASE_MS: "200",
  POLL_MAX_MS: "1000",
  POLL_TIMEOUT_MS: "2000",
  WEBHOOK_TIMEOUT_MS: "2000",
  WEBHOOK_RETRY_SCHEDULE: "1,1,1,2,2,3,3,5,5",
};

/** The environment of a process: where its Redis and its Novita are, and whatever else the test wants. */
export function settings(
  places: { redis: string; novita: string; prefix: string },
  wanted: Record<string, string> = {},
): Record<string, string> {
  const { redis, novita, prefix } = places;
  return { ...common, ...quick, REDIS_URL: redis, NOVITA_BASE_URL: novita, KEY_PREFIX: prefix, ...wanted };
}
