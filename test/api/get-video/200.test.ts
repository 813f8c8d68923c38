// GET /v1/jobs/{id}/video?redirect=false: the link as JSON.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { answerLooks } from "../../support/polling.ts";
import { anyIso, recordOf } from "../support.ts";
import { HOUR_MS } from "../../support/job.ts";
import { foundFor, getVideo, makeVideo, NEW_URL, OLD_URL } from "./support.ts";

test("a link that works -> 200 with it and its end, not to be cached", async () => {
  const api = await readyApi();
  const id = await makeVideo(api, HOUR_MS);
  const answer = await getVideo(api, id, "?redirect=false");
  expect(answer).toMatchObject({ status: 200, headers: { "cache-control": "no-store" } });
  const { video } = await recordOf(api, id);
  expect(answer.json).toEqual({ url: OLD_URL, expires_at: new Date(video?.expiresAt ?? 0).toISOString() });
  expect(answer.headers).not.toHaveProperty("location");
});

test("a link whose end nobody knows -> 200 with expires_at null", async () => {
  const api = await readyApi();
  const id = await makeVideo(api, null);
  expect((await getVideo(api, id, "?redirect=false")).json).toEqual({ url: OLD_URL, expires_at: null });
});

test("a link that is dead -> 200 with a new one", async () => {
  const api = await readyApi();
  const novita = answerLooks(api, foundFor(HOUR_MS));
  const id = await makeVideo(api, -1);
  const answer = await getVideo(api, id, "?redirect=false");
  expect(answer.json).toEqual({ url: NEW_URL, expires_at: anyIso });
  expect(novita.looks).toEqual(["task-1"]);
});
