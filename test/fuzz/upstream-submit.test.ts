// The submit stage with the real client, and a Novita that answers anything at all: each answer to a job of its own.
import * as fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";

import type { Job } from "../../src/shared/job.ts";
import { toWire } from "../../src/shared/wire.ts";
import { createNovitaClient } from "../../src/worker/novita/client.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { fitsSchema } from "../support/documented.ts";
import { newJob } from "../support/job.ts";
import { openTestLedger, putJob, readJob } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { submitDeps } from "../support/stage.ts";
import { serveTcp } from "../worker/novita/loopback.ts";
import { certaintyOf } from "./certainty.ts";
import type { Certainty } from "./certainty.ts";
import { answers, soldBody } from "./upstream-answers.ts";
import type { RawAnswer } from "./upstream-answers.ts";

const KEY = "sk_fuzz_0123456789abcdef";
const RUNS = 300;

const isWhole = (heard: string): boolean => heard.includes("\r\n\r\n") && heard.endsWith("}");

/** A Novita that gives the answer which `next` says, and a place that a redirect may name. */
async function openUpstream() {
  const state: { next: RawAnswer | null } = { next: null };
  const elsewhere = await serveTcp((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n{"task_id":"task-sold"}'));
  const server = await serveTcp((socket, heard) => {
    if (!isWhole(heard) || !state.next) return;
    const { bytes, ending } = state.next;
    socket.write(bytes, () => (ending === "end" ? socket.end() : socket.resetAndDestroy()));
  });
  const novita = createNovitaClient({
    baseUrl: server.url,
    apiKey: KEY,
    pollTimeoutMs: 5000,
    lateAnswerMs: 1000,
  });
  onTestFinished(() => novita.close());
  return { state, server, elsewhere, novita };
}

/** The breaker stays closed: what one answer means for its job is asked here, not what many mean for all. */
const openRoad = { report: async () => null };

function outcomeOf(job: Job): Certainty {
  const [task] = job.tasks;
  if (task) return { as: "accepted", taskId: task.id };
  if (job.status === "queued" && job.attempts.length === 0) return { as: "not_accepted" };
  if (job.status === "failed" && job.attempts.every(({ state }) => state === "refused"))
    return { as: "refused" };
  return { as: job.status === "unconfirmed" ? "unknown" : "refused" };
}

async function submitOnce(
  ledger: TestLedger,
  upstream: Awaited<ReturnType<typeof openUpstream>>,
  answer: RawAnswer,
) {
  const { novita, server, state } = upstream;
  const base = submitDeps(ledger, { novita });
  // Slots of jobs that nobody knows the end of stay taken.
  const rules = { ...base.rules, maxInFlight: 1_000_000 };
  const deps = { ...base, rules, road: { ...base.road, ...openRoad } };
  const job = await putJob(ledger, newJob(await ledger.jobs.readClock()));
  state.next = answer;
  const before = server.heard.length;
  await submitJob(deps, { id: job.id, n: job.submitWake });
  const after = await readJob(ledger, job.id);
  return {
    after,
    posts: server.heard.length - before,
    again: () => submitJob(deps, { id: job.id, n: job.submitWake }),
  };
}

test(
  "any answer to a submission -> one POST, and nothing is believed but what is certain",
  { timeout: 120_000 },
  async () => {
    const ledger = openTestLedger();
    const upstream = await openUpstream();
    const seen = new Set<string>();
    const anything = answers(soldBody, `${upstream.elsewhere.url}/v3/async/wan2.7-t2v`);
    await fc.assert(
      fc.asyncProperty(anything, async (answer) => {
        const { after, posts, again } = await submitOnce(ledger, upstream, answer);
        const certainty = certaintyOf(answer);
        seen.add(certainty.as);
        expect(posts).toBe(1);
        expect(outcomeOf(after)).toEqual(certainty);
        expect(fitsSchema({ $ref: "openapi.json#/components/schemas/Job" }, toWire(after, null))).toBe(true);
        expect(JSON.stringify(after)).not.toContain(KEY);
        if (certainty.as === "not_accepted") return;
        const heard = upstream.server.heard.length;
        await again();
        expect(upstream.server.heard).toHaveLength(heard);
      }),
      { numRuns: RUNS, seed: 1 },
    );
    expect([...seen].sort()).toEqual(["accepted", "not_accepted", "refused", "unknown"]);
    expect(upstream.elsewhere.heard).toEqual([]);
  },
);
