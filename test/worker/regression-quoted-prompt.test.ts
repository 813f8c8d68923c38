// Novita may repeat the prompt in its messages, and the lines of the submit and poll stages used to repeat those.
import { expect, test } from "vitest";

import type { LookOutcome, SubmitOutcome } from "../../src/worker/novita/classify.ts";
import { pollTask } from "../../src/worker/poll.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { newJob, processingJob } from "../support/job.ts";
import { openTestLedger, putJob } from "../support/ledger.ts";
import { fakeNovita } from "../support/novita.ts";
import { pollDeps, submitDeps } from "../support/stage.ts";

const message = 'HTTP 400 R: the prompt "a cat in moonlight" is no good';
const upstream = { status: 400, reason: "R" };

const outcomes: SubmitOutcome[] = [
  { kind: "refused", code: "content_rejected", message, upstream },
  { kind: "deferred", message, retryAfterMs: null, upstream },
  { kind: "blocked", cause: "proxy", message, upstream },
  { kind: "unknown", message, upstream },
  { kind: "unknown", message, upstream: { status: 400, reason: message } },
];
test.each(outcomes)(
  "a POST that is $kind with the prompt in its message or reason -> a code is logged only",
  async (outcome) => {
    const ledger = openTestLedger();
    const job = await putJob(ledger, newJob(await ledger.jobs.readClock()));
    await submitJob(submitDeps(ledger, { novita: fakeNovita({ submit: () => outcome }) }), {
      id: job.id,
      n: 1,
    });
    expect(ledger.logs.named("job.submitted")).toMatchObject([
      { job_id: job.id, outcome: outcome.kind, http_status: 400 },
    ]);
    expect(JSON.stringify(ledger.logs.lines)).not.toContain("moonlight");
  },
);

const looks: [LookOutcome, object][] = [
  [
    { kind: "unavailable", message, retryAfterMs: null, alarm: false, upstream },
    { http_status: 400, reason: "R" },
  ],
  [{ kind: "failed", reason: message, upstream: { status: 200, reason: message } }, { status: "failed" }],
];
test.each(looks)(
  "a look that is $kind with the prompt in its message -> its code is logged only",
  async (look, said) => {
    const ledger = openTestLedger();
    const job = await putJob(ledger, processingJob(await ledger.jobs.readClock()));
    const novita = fakeNovita({ look: () => look });
    await pollTask(pollDeps(ledger, { novita }), { id: job.id, n: 1 });
    expect(ledger.logs.named("job.polled")).toMatchObject([{ job_id: job.id, outcome: look.kind, ...said }]);
    expect(JSON.stringify(ledger.logs.lines)).not.toContain("moonlight");
  },
);
