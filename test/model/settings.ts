/** The job that the model is about and the settings it lives under: short times, so that few leaps reach everything. */
import type { Job, JobRequest } from "../../src/shared/job.ts";
import type { EntryRules } from "../../src/shared/store/jobs.ts";
import { makeKeys } from "../../src/shared/store/keys.ts";
import type { Policy } from "../../src/shared/store/policy.ts";
import type { SubmitPolicy } from "../../src/worker/attempt.ts";
import type { LookPolicy } from "../../src/worker/look.ts";
import { newJob, newRequest } from "../support/job.ts";

const PREFIX = "model";
export const keys = makeKeys(PREFIX);
export const START = Date.UTC(2026, 0, 2, 12);
export const JOB_ID = "job_00000000000000000000000000";

export const SUBMIT_TIMEOUT_MS = 60_000;
export const SLOT_TTL_MS = 400_000;
export const SCHEDULE_S = [20];
export const submitPolicy: SubmitPolicy = { pollFirstMs: 20_000, recoveryMs: 600_000, holdMs: 500_000 };
export const lookPolicy: LookPolicy = {
  baseMs: 20_000,
  maxMs: 20_000,
  recoveryMs: 200_000,
  lostGraceMs: 0,
};
export const storePolicy: Policy = {
  publicUrl: null,
  submitTimeoutMs: SUBMIT_TIMEOUT_MS,
  deliveryTimeoutMs: 15_000,
  retentionMs: 86_400_000,
  dailyBudget: null,
  memoryPercent: null,
  maxQueued: null,
};
export const rules: EntryRules = {
  maxInFlight: 2,
  slotTtlMs: SLOT_TTL_MS,
  paceIntervalMs: 0,
  paceToleranceMs: 0,
  probeIntervalMs: 60_000,
};

/** The one job, as a caller asked for it. */
export const queuedJob = (onUnconfirmed: JobRequest["onUnconfirmed"]): Job => {
  const webhook = { url: "https://receiver.example/", events: null };
  const request = newRequest({ onUnconfirmed, webhook, timeoutS: 30, startTimeoutS: 300 });
  return newJob(START, { id: JOB_ID, request });
};
