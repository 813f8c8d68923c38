// GET /v1/jobs/{id}/video by nobody that we know.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { HOUR_MS } from "../../support/job.ts";
import { getVideo, makeVideo } from "./support.ts";

test.each([
  ["no key", null],
  ["an unknown key", "unknown-key-0123456789abcdef"],
])("%s -> 401, and no link", async (_name, key) => {
  const api = await readyApi();
  const id = await makeVideo(api, HOUR_MS);
  const answer = await getVideo(api, id, "", { key });
  expect(answer).toBeProblem(401, "unauthorized");
  expect(answer.headers).not.toHaveProperty("location");
});
