/** The ledger and its motor on one connection: what both processes open first. */
import { within } from "../within.ts";
import type { Logger } from "../logger.ts";
import { createMotor } from "../queues.ts";
import { createDeliveryStore } from "./deliveries.ts";
import { JobStore } from "./jobs.ts";
import { makeKeys } from "./keys.ts";
import { createPlaces } from "./places.ts";
import type { Policy } from "./policy.ts";
import { closeRedis } from "./redis.ts";
import type { RedisClient } from "./redis.ts";

/** Closing a queue waits for ever for a Redis that is away. */
const CLOSE_QUEUES_MS = 2000;

type Settings = {
  KEY_PREFIX: string;
  PUBLIC_URL?: string | undefined;
  SUBMIT_TIMEOUT_MS: number;
  WEBHOOK_TIMEOUT_MS: number;
  RETENTION_S: number;
  DAILY_BUDGET_USD?: number | undefined;
  /** The API's: only there jobs are accepted. */
  MAX_QUEUED_PER_TENANT?: number;
  INTAKE_MEMORY_PERCENT?: number;
};

export type Ledger = ReturnType<typeof openLedger>;

export function openLedger(redis: RedisClient, settings: Settings, log: Logger) {
  const keys = makeKeys(settings.KEY_PREFIX);
  const policy: Policy = {
    publicUrl: settings.PUBLIC_URL ?? null,
    submitTimeoutMs: settings.SUBMIT_TIMEOUT_MS,
    deliveryTimeoutMs: settings.WEBHOOK_TIMEOUT_MS,
    retentionMs: settings.RETENTION_S * 1000,
    dailyBudget: settings.DAILY_BUDGET_USD ?? null,
    memoryPercent: settings.INTAKE_MEMORY_PERCENT ?? null,
    maxQueued: settings.MAX_QUEUED_PER_TENANT ?? null,
  };
  const places = createPlaces({ redis, keys, deliveryTimeoutMs: settings.WEBHOOK_TIMEOUT_MS });
  const motor = createMotor(redis, keys.queues, places);
  motor.onError((error) => log.tell("queue.error", { err: error }));
  const jobs = new JobStore({ redis, keys, motor, policy, log });
  const deliveries = createDeliveryStore({ redis, keys, policy });
  const close = async () => {
    await within(CLOSE_QUEUES_MS, motor.close());
    await closeRedis(redis);
  };
  return { redis, keys, motor, places, policy, jobs, deliveries, close };
}
