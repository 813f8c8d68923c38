// GET /v1/jobs/{id}/video when no new link can be had in time.
import { expect, test } from "vitest";
import type { LookOutcome } from "../../../src/worker/novita/classify.ts";
import { readyApi } from "../../support/api.ts";
import { running } from "../../support/novita.ts";
import { answerLooks, forgetInquiry, unavailable } from "../../support/polling.ts";
import { recordOf } from "../support.ts";
import { HOUR_MS } from "../../support/job.ts";
import { foundFor, getVideo, makeVideo, NEW_URL, OLD_URL } from "./support.ts";

test.each<[string, LookOutcome]>([
  ["does not answer", unavailable],
  ["says that the task runs", running()],
  [
    "says that the task has failed",
    { kind: "failed", reason: "boom", upstream: { status: 200, reason: null } },
  ],
])("Novita %s -> 504 with Retry-After; the job and its link stay as they are", async (_name, look) => {
  const api = await readyApi();
  const novita = answerLooks(api, look);
  const id = await makeVideo(api, -1);
  const answer = await getVideo(api, id);
  expect(answer).toBeProblem(504, "upstream_unavailable");
  expect(answer.headers["retry-after"]).toBe("30");
  expect(answer.json).toMatchObject({ job_id: id, job_status: "succeeded" });
  expect(await recordOf(api, id)).toMatchObject({ status: "succeeded", video: { url: OLD_URL } });
  expect(await getVideo(api, id)).toBeProblem(504, "upstream_unavailable");
  expect(novita.looks).toHaveLength(1);
});

test("no worker looks within ten seconds -> 504; one that comes later still answers, and the next caller has the link", async () => {
  const api = await readyApi();
  const id = await makeVideo(api, -1);
  expect(await getVideo(api, id)).toBeProblem(504, "upstream_unavailable");
  expect(await recordOf(api, id)).toMatchObject({ inquiry: { n: 1001, answer: null } });
  const novita = answerLooks(api, foundFor(HOUR_MS));
  expect((await getVideo(api, id)).headers["location"]).toBe(NEW_URL);
  expect(novita.looks).toHaveLength(1);
});

test("Novita has recovered half a minute later -> 302", async () => {
  const api = await readyApi();
  answerLooks(api, unavailable, foundFor(HOUR_MS));
  const id = await makeVideo(api, -1);
  expect(await getVideo(api, id)).toBeProblem(504, "upstream_unavailable");
  await forgetInquiry(api, id);
  expect((await getVideo(api, id)).headers["location"]).toBe(NEW_URL);
});
