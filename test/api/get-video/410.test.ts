// GET /v1/jobs/{id}/video of a video that is no longer there.
import { describe, expect, test } from "vitest";
import type { LookOutcome } from "../../../src/worker/novita/classify.ts";
import { readyApi } from "../../support/api.ts";
import { answerLooks, forgetInquiry } from "../../support/polling.ts";
import { makeJobIn, recordOf } from "../support.ts";
import { HOUR_MS } from "../../support/job.ts";
import { foundFor, getVideo, makeSimulated, makeVideo, NEW_URL, OLD_URL } from "./support.ts";

describe("the link is dead, and Novita", () => {
  test.each<[string, LookOutcome]>([
    ["does not know the task any more", { kind: "missing" }],
    ["knows a success without a video", { kind: "succeeded", video: null }],
    ["gives a link that is as dead", foundFor(-1)],
  ])("%s -> 410 with the job, and its record is as it was", async (_name, look) => {
    const api = await readyApi();
    answerLooks(api, look);
    const id = await makeVideo(api, -1);
    const answer = await getVideo(api, id);
    expect(answer).toBeProblem(410, "gone");
    expect(answer.json).toMatchObject({ job_id: id, job_status: "succeeded" });
    expect(await recordOf(api, id)).toMatchObject({ status: "succeeded", video: { url: OLD_URL } });
  });

  test("is asked by 50 callers within 30 s -> 410 each, and one look; later it is asked again", async () => {
    const api = await readyApi();
    const novita = answerLooks(api, { kind: "missing" }, foundFor(HOUR_MS));
    const id = await makeVideo(api, -1);
    expect(await getVideo(api, id)).toBeProblem(410, "gone");
    const answers = await Promise.all(Array.from({ length: 50 }, () => getVideo(api, id)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 410));
    expect(novita.looks).toHaveLength(1);
    await forgetInquiry(api, id);
    expect((await getVideo(api, id)).headers["location"]).toBe(NEW_URL);
  });

  test.each([
    ["keeps no task for so long", { retentionS: 3600 }],
    ["signs a link once and for all", { sameUrl: true }],
  ])("%s, like the simulator -> 410", async (_name, settings) => {
    const api = await readyApi();
    const { id, simulator } = await makeSimulated(api);
    simulator.configure(settings);
    expect(await getVideo(api, id)).toBeProblem(410, "gone");
  });
});

describe("the job was erased", () => {
  test.each(["succeeded", "failed"] as const)("%s -> 410, and nobody is asked", async (status) => {
    const api = await readyApi();
    const novita = answerLooks(api, foundFor(HOUR_MS));
    const id = await makeJobIn(api, status);
    expect((await api.call("DELETE", `/v1/jobs/${id}`)).status).toBe(204);
    const answer = await getVideo(api, id);
    expect(answer).toBeProblem(410, "gone");
    expect(answer.json).toMatchObject({ job_id: id, detail: expect.stringContaining("erased") });
    expect(novita.looks).toEqual([]);
  });

  test("while Novita was asked for a new link -> 410, and the link does not come back", async () => {
    const api = await readyApi();
    const id = await makeVideo(api, -1);
    const novita = answerLooks(api, foundFor(HOUR_MS));
    const look = novita.look.bind(novita);
    novita.look = async (taskId) => {
      await api.call("DELETE", `/v1/jobs/${id}`);
      return look(taskId);
    };
    expect(await getVideo(api, id)).toBeProblem(410, "gone");
    expect(await recordOf(api, id)).toMatchObject({ video: null, inquiry: null });
  });
});
