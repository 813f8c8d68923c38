/**
 * Sees that a task's id outlasts a failover. Its write is acknowledged before any other server has it; one that takes over
 * without it knows of a request under way and no more. So the write is proven, and made again where it was forgotten.
 */
import { setTimeout as sleep } from "node:timers/promises";

import type { Prove } from "../shared/store/durability.ts";
import type { JobStore } from "../shared/store/jobs.ts";
import type { Lender } from "./lender.ts";

const AGAIN_MS = 500;
/** Longer than a failover takes. */
const KEPT_WITHIN_MS = 60_000;

type Deps = { jobs: JobStore; prove: Prove; connections: Pick<Lender, "lend"> };

/** `write` writes the task to its job, unless it is there. Resolves when it is safe, or when time is up. */
export async function keepTask(
  { jobs, prove, connections }: Deps,
  { jobId, taskId }: { jobId: string; taskId: string },
  write: () => Promise<unknown>,
): Promise<void> {
  const until = performance.now() + KEPT_WITHIN_MS;
  const isSafe = () =>
    connections.lend(async (redis) => {
      const { isConfirmed, found } = await prove(redis, (server) => jobs.readJob(jobId, server));
      const isThere = found === null || found.record.tasks.some(({ id }) => id === taskId);
      if (!isThere) await write();
      return isConfirmed && isThere;
    });
  while (performance.now() < until) {
    // A Redis that is away is asked again.
    if (await isSafe().catch(() => false)) return;
    await sleep(AGAIN_MS);
  }
}
