// Hostile requests for every operation: a short run of `npm run fuzz`, whose seed is the same each time.
import { expect, test } from "vitest";

import { redisUrl, testPrefix } from "../support/redis.ts";
import { unreached } from "./reach.ts";
import { runFuzz } from "./run-fuzz.ts";

test(
  "hostile requests for every operation -> documented answers only, every one that can come, and nothing made by a refusal",
  { timeout: 400_000 },
  async () => {
    const report = await runFuzz({ redisUrl: redisUrl(), prefix: testPrefix(), requests: 6000, seed: 1 });
    expect(report.faults).toEqual([]);
    expect(report.errors).toEqual([]);
    expect(unreached(report)).toEqual([]);
  },
);
