import { expect, test } from "vitest";

import { expireStart } from "../../src/worker/submit.ts";
import { newAttempt, newJob, NOON } from "../support/job.ts";
import { submitPolicy } from "../support/lifecycle-world.ts";

// Any earlier attempt used to make it unconfirmed, with a billing state that said not_billed.
test("start timeout of a job whose earlier attempts are all known to have ended -> expired, not unconfirmed", () => {
  const attempts = [newAttempt(NOON, { state: "refused" }), newAttempt(NOON, { n: 2, state: "accepted" })];
  const job = newJob(NOON, { attempts });
  expect(expireStart(job, job.startDeadlineAt, submitPolicy)).toMatchObject({
    transition: "expire",
    job: { error: { code: "start_timeout" } },
  });
});
