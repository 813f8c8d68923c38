// GET /v1/jobs/{id}/video with a link that must be refreshed, by a caller who has very many waits and streams open already.
// Regression: all such waits counted as one caller's, and went on when the caller had gone, so one tenant could spend
// everybody's.
import { expect, test } from "vitest";
import { MAX_WATCHES } from "../../../src/api/watch/changes.ts";
import { ADMIN } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { answerLooks } from "../../support/polling.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { recordOf } from "../support.ts";
import { HOUR_MS } from "../../support/job.ts";
import { foundFor, getVideo, makeVideo, NEW_URL, OLD_URL } from "./support.ts";

/** An API where acme has as many open as it may, but for `room`. */
async function openFullApi(room = 0) {
  const api = await openWatchedApi();
  for (let n = room; n < MAX_WATCHES; n++) api.changes.watchJob("job_elsewhere", "acme");
  return api;
}

test("the link has expired -> 429, and Novita is not asked", async () => {
  const api = await openFullApi();
  const id = await makeVideo(api, -1);
  const before = await recordOf(api, id);
  const answer = await getVideo(api, id);
  expect(answer).toBeProblem(429, "too_many_open");
  expect(answer.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  expect(await recordOf(api, id)).toEqual(before);
});

test("the link works -> 302: there is nothing to wait for", async () => {
  const api = await openFullApi();
  expect((await getVideo(api, await makeVideo(api, HOUR_MS))).headers["location"]).toBe(OLD_URL);
});

test("other callers -> have room of their own", async () => {
  const api = await openFullApi();
  answerLooks(api, foundFor(HOUR_MS));
  const answer = await getVideo(api, await makeVideo(api, -1), "", { key: ADMIN });
  expect(answer.headers["location"]).toBe(NEW_URL);
});

test("a wait for a link -> counts as one of the caller's, and ends when the caller goes", async () => {
  const api = await openFullApi(1);
  const id = await makeVideo(api, -1);
  const caller = new AbortController();
  const asked = getVideo(api, id, "", { signal: caller.signal });
  await eventually(() => expect(api.changes.count().watches).toBe(MAX_WATCHES));
  expect(await getVideo(api, id)).toBeProblem(429, "too_many_open");
  caller.abort();
  await expect(asked).rejects.toThrow("aborted");
  // Sooner than the ten seconds for which an answer is waited for.
  await eventually(() => expect(api.changes.count().watches).toBe(MAX_WATCHES - 1), 5000);
});
