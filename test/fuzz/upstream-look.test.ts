// The poll stage with the real client, and a Novita that answers anything at all to looks at one job's task.
import * as fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";

import { toWire } from "../../src/shared/wire.ts";
import { createNovitaClient } from "../../src/worker/novita/client.ts";
import { pollTask } from "../../src/worker/poll.ts";
import { fitsSchema } from "../support/documented.ts";
import { newTask, processingJob } from "../support/job.ts";
import { openTestLedger, putJob, readJob } from "../support/ledger.ts";
import { pollDeps } from "../support/stage.ts";
import { serveTcp } from "../worker/novita/loopback.ts";
import { answers, lookedBody } from "./upstream-answers.ts";
import type { RawAnswer } from "./upstream-answers.ts";

const KEY = "sk_fuzz_0123456789abcdef";
const RUNS = 300;
const TASK = "task-of-this-job";

async function openUpstream() {
  const state: { next: RawAnswer | null } = { next: null };
  const elsewhere = await serveTcp((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n{}"));
  const server = await serveTcp((socket, heard) => {
    if (!heard.endsWith("\r\n\r\n") || !state.next) return;
    const { bytes, ending } = state.next;
    socket.write(bytes, () => (ending === "end" ? socket.end() : socket.resetAndDestroy()));
  });
  const novita = createNovitaClient({
    baseUrl: server.url,
    apiKey: KEY,
    pollTimeoutMs: 5000,
    lateAnswerMs: 0,
  });
  onTestFinished(() => novita.close());
  return { state, elsewhere, novita };
}

/** What the job may be afterwards: ended only if the answer says so, whole and about this task. */
function endsSaidBy({ status, text }: RawAnswer): string[] {
  const isAnswer = status >= 200 && status < 300 && text !== null && !text.includes('"another"');
  if (isAnswer && text.includes("TASK_STATUS_SUCCEED")) return ["succeeded", "processing"];
  if (isAnswer && text.includes("TASK_STATUS_FAILED")) return ["failed", "processing"];
  return ["processing"];
}

test(
  "any answer to a look -> the task stays known, and only a task that says so has ended",
  { timeout: 120_000 },
  async () => {
    const ledger = openTestLedger();
    const { state, elsewhere, novita } = await openUpstream();
    const deps = pollDeps(ledger, { novita });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(answers(lookedBody(TASK), elsewhere.url), async (answer) => {
        const now = await ledger.jobs.readClock();
        const job = await putJob(ledger, processingJob(now, { tasks: [newTask(now, { id: TASK })] }));
        state.next = answer;
        await pollTask(deps, { id: job.id, n: 1 });
        const after = await readJob(ledger, job.id);
        seen.add(after.status);
        expect(after.tasks).toMatchObject([{ id: TASK, looks: 1 }]);
        expect(endsSaidBy(answer)).toContain(after.status);
        expect(after.tasks[0]?.watched).toBe(after.status === "processing");
        expect(after.progress).toBeGreaterThanOrEqual(0);
        expect(after.video?.url ?? "https://").toMatch(/^https?:\/\/[\x21-\x7e]*$/i);
        expect(fitsSchema({ $ref: "openapi.json#/components/schemas/Job" }, toWire(after, null))).toBe(true);
        // oxlint-disable-next-line no-control-regex
        expect(after.error?.message ?? "").toMatch(/^[^\x00-\x1f\u202e]{0,600}$/);
      }),
      { numRuns: RUNS, seed: 1 },
    );
    expect([...seen].sort()).toEqual(["failed", "processing", "succeeded"]);
    expect(elsewhere.heard).toEqual([]);
  },
);
