// GET /v1/jobs/{id}/video of a job that has none.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJobIn, recordOf, type Status } from "../support.ts";
import { getVideo } from "./support.ts";

const without: Status[] = [
  "queued",
  "submitting",
  "unconfirmed",
  "processing",
  "failed",
  "canceled",
  "expired",
];

test.each(without)("%s -> 409 with its status, and nobody is asked", async (status) => {
  const api = await readyApi();
  const id = await makeJobIn(api, status);
  const answer = await getVideo(api, id);
  expect(answer).toBeProblem(409, "conflict");
  expect(answer.json).toMatchObject({ job_id: id, job_status: status });
  expect(answer.json["detail"]).toContain(status);
  expect((await recordOf(api, id)).inquiry).toBeNull();
});
