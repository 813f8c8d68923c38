// How the demo's processes are configured. With the real Novita all is as it would be in production.
import type { Credentials } from "./credentials.ts";

export const TENANT = "demo";

/** The simulator is quick, so the worker may look often; nothing else differs from a real installation. */
const SIMULATOR_PACE = {
  POLL_FIRST_MS: "500",
  POLL_BASE_MS: "500",
  POLL_MAX_MS: "1500",
  SUBMIT_RPM: "600",
  BREAKER_PROBE_S: "5",
};

/** Whatever is waited for after a fault, made short enough to watch. */
const FAULTY_PACE = {
  SUBMIT_TIMEOUT_MS: "5000",
  SHUTDOWN_TIMEOUT_MS: "20000",
  POLL_TIMEOUT_MS: "2000",
  TASK_LOST_GRACE_S: "2",
  WEBHOOK_TIMEOUT_MS: "2000",
  WEBHOOK_RETRY_SCHEDULE: "1,2,3,5,5,5,10,10,10",
  RESCUE_INTERVAL_S: "2",
  BREAKER_PROBE_S: "1",
};

export type Crowd = { jobs: number; hasFaults: boolean };

/** What both processes are told, besides their ports. `crowd`: null for the usual few jobs. */
export function processSettings(
  { redisUrl, prefix, simulatorUrl }: { redisUrl: string; prefix: string; simulatorUrl: string | null },
  { apiKey, adminKey, webhookSecret, encryptionKey }: Credentials,
  crowd: Crowd | null,
): Record<string, string> {
  return {
    REDIS_URL: redisUrl,
    KEY_PREFIX: prefix,
    API_KEYS: `${TENANT}:${apiKey}`,
    ADMIN_KEY: adminKey,
    WEBHOOK_SECRET: webhookSecret,
    ENCRYPTION_KEY: encryptionKey,
    WEBHOOK_ALLOW_CIDRS: "127.0.0.1/32",
    LOG_LEVEL: "info",
    ...(simulatorUrl && { NOVITA_API_KEY: "simulator", NOVITA_BASE_URL: simulatorUrl, ...SIMULATOR_PACE }),
    ...(crowd && { MAX_IN_FLIGHT: String(roomFor(crowd)) }),
    ...(crowd?.hasFaults && FAULTY_PACE),
  };
}

/** An unconfirmed job may be running at Novita, so it keeps its slot; the others need room beside it. */
const roomFor = ({ jobs }: Crowd): number => 20 + Math.ceil(jobs / 4);
