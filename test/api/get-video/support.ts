// A job with a video, whose link is as old as the test wants it.
import { expect } from "vitest";
import { note } from "../../../src/shared/change.ts";
import type { Video } from "../../../src/shared/job.ts";
import { recordOutcome } from "../../../src/worker/attempt.ts";
import type { LookOutcome } from "../../../src/worker/novita/classify.ts";
import type { Call, TestApi } from "../../support/api.ts";
import type { Simulator } from "../../../src/simulator/simulator.ts";
import { eventually } from "../../support/eventually.ts";
import { HOUR_MS } from "../../support/job.ts";
import { submitPolicy } from "../../support/lifecycle-world.ts";
import { buyTask, startNovita, startPolling } from "../../support/polling.ts";
import { makeJobIn, statusOf } from "../support.ts";

export const OLD_URL = "https://files.example.com/old.mp4?X-Amz-Signature=1";
export const NEW_URL = "https://files.example.com/new.mp4?X-Amz-Signature=2";

export const getVideo = (api: TestApi, id: string, query = "", options: Call = {}) =>
  api.call("GET", `/v1/jobs/${id}/video${query}`, options);

/** A job that has succeeded, whose link dies in so many ms (less than 0: it is dead; null: nobody knows when). */
export async function makeVideo(api: TestApi, inMs: number | null): Promise<string> {
  const id = await makeJobIn(api, "succeeded");
  await api.ledger.jobs.changeJob(id, (job, now) => {
    const expiresAt = inMs === null ? null : now + inMs;
    const video: Video = { url: OLD_URL, type: "mp4", expiresAt, taskId: "task-1" };
    return note(job, { video }, null);
  });
  return id;
}

/** A job whose video the simulator made two hours ago, told to the record by a worker's own looks. */
export async function makeSimulated(api: TestApi): Promise<{ id: string; simulator: Simulator }> {
  let behindMs = 2 * HOUR_MS;
  const { simulator, novita } = await startNovita(() => Date.now() - behindMs);
  startPolling(api, novita);
  const taskId = await buyTask(simulator);
  const id = await makeJobIn(api, "submitting");
  await api.ledger.jobs.changeJob(id, (job, now) =>
    recordOutcome(job, "att_1", { kind: "accepted", taskId }, now, { ...submitPolicy, pollFirstMs: 0 }),
  );
  await eventually(async () => expect(await statusOf(api, id)).toBe("succeeded"));
  behindMs = 0;
  return { id, simulator };
}

/** What a look finds: the video by a link that lives for so many ms. */
export const foundFor = (ms: number | null, url = NEW_URL): LookOutcome => ({
  kind: "succeeded",
  video: { url, type: "mp4", expiresAt: ms === null ? null : Date.now() + ms },
});
