// The floor: the least that three BullMQ queues need to do the same work. No record, guard, log, key, signature or
// check of an address; what it forgets in a crash is gone, and what it repeats is bought twice.
import type { JobsOptions } from "bullmq";

/** As the product's queues have it. */
export const retention: JobsOptions = {
  attempts: 1,
  removeOnComplete: { age: 86_400, count: 1000 },
  removeOnFail: { age: 86_400, count: 1000 },
};

export const concurrency = { submit: 8, poll: 100, deliver: 50 };

/** What travels through all three queues: the caller's request, and the task once there is one. */
export type FloorJob = { request: FloorRequest; taskId?: string };
/** An event on its way to one address. */
export type FloorEvent = { id: string; url: string; body: string };
export type FloorRequest = { input: object; webhook: { url: string } };

export function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
