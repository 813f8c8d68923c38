// GET /v1/jobs/{id}/video when Redis does not confirm the question to a worker.
import { expect, test } from "vitest";
import { openLossyApi } from "../../support/gated-api.ts";
import { lookLate } from "../../support/polling.ts";
import { HOUR_MS } from "../../support/job.ts";
import { foundFor, getVideo, makeVideo, NEW_URL } from "./support.ts";

test("asked, but the answer of the write is lost -> 503; a repeat has the link as soon as a worker has looked", async () => {
  const { direct, lossy } = await openLossyApi((words) =>
    words.some((word) => word.includes('"about":"video"')),
  );
  const id = await makeVideo(direct, -1);
  const lost = await getVideo(lossy, id);
  expect(lost).toBeProblem(503, "unavailable");
  expect(lost.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  await lookLate(direct, id, foundFor(HOUR_MS));
  expect((await getVideo(direct, id)).headers["location"]).toBe(NEW_URL);
});
