import { randomBytes } from "node:crypto";
import { inject } from "vitest";

export { type PrivateRedis, startPrivateRedis } from "./private-redis.ts";

/** The Redis that all tests of a run share; keep to keys under a `testPrefix()`. */
export function redisUrl(): string {
  return inject("redisUrl");
}

/** A KEY_PREFIX that no other test has. */
export function testPrefix(): string {
  return `test-${inject("testRunId")}-${randomBytes(5).toString("hex")}`;
}
