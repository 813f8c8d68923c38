import { onTestFinished } from "vitest";

import { note } from "../../src/shared/change.ts";
import type { LookOutcome } from "../../src/worker/novita/classify.ts";
import { createNovitaClient } from "../../src/worker/novita/client.ts";
import type { NovitaClient } from "../../src/worker/novita/client.ts";
import { pollTask } from "../../src/worker/poll.ts";
import { buildSimulator } from "../../src/simulator/simulator.ts";
import type { Simulator } from "../../src/simulator/simulator.ts";
import { call } from "../simulator/support.ts";
import type { TestApi } from "./api.ts";
import { openTestLedger } from "./ledger.ts";
import type { TestLedger } from "./ledger.ts";
import { fakeNovita } from "./novita.ts";
import type { FakeNovita } from "./novita.ts";
import { pollDeps, startTestStage } from "./stage.ts";

/** The poll stage of a worker on the API's own ledger. Ends with the test. */
export function startPolling(api: TestApi, novita: NovitaClient): TestLedger {
  const worker = openTestLedger({ prefix: api.prefix });
  const deps = pollDeps(worker, { novita });
  startTestStage(worker, "poll", (entry) => pollTask(deps, entry));
  return worker;
}

/** The same, with a Novita that gives these answers to looks, the last one for ever. */
export function answerLooks(api: TestApi, ...answers: LookOutcome[]): FakeNovita {
  const novita: FakeNovita = fakeNovita({
    look: () => answers[Math.min(novita.looks.length, answers.length) - 1] ?? { kind: "missing" },
  });
  startPolling(api, novita);
  return novita;
}

/** The simulator, whose generations take no time, and Novita's client for it. Both end with the test. */
export async function startNovita(clock: () => number = Date.now): Promise<{
  simulator: Simulator;
  novita: NovitaClient;
}> {
  const simulator = buildSimulator({ clock, settings: { timeScale: 0 } });
  onTestFinished(() => simulator.close());
  const baseUrl = await simulator.listen();
  const novita = createNovitaClient({ baseUrl, apiKey: "key", pollTimeoutMs: 5000, lateAnswerMs: 0 });
  onTestFinished(() => novita.close());
  return { simulator, novita };
}

/** Buys a task that nobody's job knows of. */
export async function buyTask(simulator: Simulator): Promise<string> {
  await call(`${simulator.url}/v3/async/wan2.7-t2v`, {
    method: "POST",
    headers: { authorization: "Bearer key" },
    json: { prompt: "a lighthouse at dawn" },
  });
  const id = simulator.ledger.tasks.at(-1)?.id;
  if (id === undefined) throw new Error("The simulator sold nothing.");
  return id;
}

/** The look that the first inquiry about a job asks for, by a worker that was woken late: its wake-up had been lost. */
export async function lookLate(api: TestApi, id: string, look: LookOutcome): Promise<void> {
  const worker = openTestLedger({ prefix: api.prefix });
  await pollTask(pollDeps(worker, { novita: fakeNovita({ look: () => look }) }), { id, n: 1001 });
}

/** A look that Novita did not answer. */
export const unavailable: LookOutcome = {
  kind: "unavailable",
  message: "HTTP 502",
  retryAfterMs: null,
  alarm: false,
  upstream: { status: 502, reason: null },
};

/** As if the last inquiry had been made half a minute ago. */
export const forgetInquiry = (api: TestApi, id: string) =>
  api.ledger.jobs.changeJob(id, (job) =>
    note(job, { inquiry: job.inquiry && { ...job.inquiry, askedAt: job.inquiry.askedAt - 30_000 } }, null),
  );
