// GET /v1/jobs/{id}/video of what the caller may not know of.
import { expect, test } from "vitest";
import { ADMIN, GLOBEX, readyApi } from "../../support/api.ts";
import { answerLooks } from "../../support/polling.ts";
import { recordOf } from "../support.ts";
import { HOUR_MS } from "../../support/job.ts";
import { foundFor, getVideo, makeVideo } from "./support.ts";

test.each([
  ["works", HOUR_MS],
  ["is dead", -1],
])("another tenant's, whose link %s -> 404, and nobody is asked", async (_name, ms) => {
  const api = await readyApi();
  const novita = answerLooks(api, foundFor(HOUR_MS));
  const id = await makeVideo(api, ms);
  expect(await getVideo(api, id, "", { key: GLOBEX })).toBeProblem(404, "not_found");
  expect(novita.looks).toEqual([]);
  expect((await recordOf(api, id)).inquiry).toBeNull();
});

test.each(["job_01ARZ3NDEKTSV4RRFFQ69G5FAV", "video"])(
  "%s, which never was, by the operator -> 404",
  async (id) => {
    const api = await readyApi();
    expect(await getVideo(api, id, "", { key: ADMIN })).toBeProblem(404, "not_found");
  },
);
