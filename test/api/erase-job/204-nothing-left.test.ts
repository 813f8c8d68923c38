// DELETE /v1/jobs/{id}, proved: after a whole life with a real worker, a real Novita's words and a receiver's, nothing
// under the prefix and no line of any log holds a trace. Copies that Redis keeps on disk (a snapshot, an append-only file
// that has not been rewritten yet) and what has been sent to others are beyond it.
import { randomBytes } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { loadWorkerConfig } from "../../../src/shared/config.ts";
import { buildReceiver } from "../../../src/simulator/receiver.ts";
import { buildSimulator } from "../../../src/simulator/simulator.ts";
import { startWorker } from "../../../src/worker/worker.ts";
import { readyApi, type TestApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { dumpKeys } from "../../support/ledger.ts";
import { openLogBook } from "../../support/log-book.ts";
import { makeJob, recordOf, statusOf } from "../support.ts";

/** An API, a worker of its ledger in this process with everything logged, a Novita and a receiver. */
async function startAll() {
  const simulator = buildSimulator({ settings: { generationMs: 0 } });
  const receiver = buildReceiver();
  onTestFinished(async () => void (await Promise.all([simulator.close(), receiver.close()])));
  const [novita, hooks] = await Promise.all([simulator.listen(), receiver.listen()]);
  const api = await readyApi({ WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8" });
  const logs = openLogBook("worker", "debug");
  const settings = {
    ...api.environment,
    NOVITA_BASE_URL: novita,
    NOVITA_API_KEY: "novita-key",
    WORKER_PORT: "0",
    SUBMIT_RPM: "1000000",
    POLL_FIRST_MS: "50",
    POLL_BASE_MS: "50",
    WEBHOOK_RETRY_SCHEDULE: "1,3600",
  };
  const worker = await startWorker(loadWorkerConfig(settings), logs.log);
  onTestFinished(() => worker.close());
  return { api, logs, hooks };
}

/** A request that says the word wherever a caller can say anything, and whose receiver says it too. */
function bodySaying(word: string, hooks: string, answers: string, orders = "") {
  return {
    input: {
      prompt: `${word} at dawn ${orders}`,
      negative_prompt: `no ${word}`,
      audio_url: `https://sounds.example/${word}.mp3`,
    },
    webhook: { url: `${hooks}/${word}?token=${word}&body=${word}&answer=${answers}` },
    reference: `order-${word}`,
    metadata: { [`key-${word}`]: `value-${word}` },
    tags: [`tag-${word}`],
  };
}

const deliveryOf = async (api: TestApi, id: string) => (await api.ledger.deliveries.deliveriesOf(id))[0];

/** Resolves when the job has ended so, and its delivery stands so. */
async function reaches(api: TestApi, id: string, status: string, delivery: string): Promise<void> {
  await eventually(async () => {
    expect(await statusOf(api, id)).toBe(status);
    expect((await deliveryOf(api, id))?.status).toBe(delivery);
  }, 20_000);
}

/** The kinds of keys in which one of the words occurs, by name or by content. */
async function keysThatSay(api: TestApi, words: string[]): Promise<string[]> {
  const found = [...(await dumpKeys(api.ledger))].filter(([name, values]) =>
    words.some((word) => name.includes(word) || values.some((value) => value.includes(word))),
  );
  return [...new Set(found.map(([name]) => name.replaceAll(/(job|evt|dlv)_\w+/g, "$1")))].sort();
}

test("a failed and a succeeded job, told and half told, erased -> the words are nowhere", async () => {
  const { api, logs, hooks } = await startAll();
  const word = `needle${randomBytes(6).toString("hex")}`;
  const failing = bodySaying(word, hooks, "500,200", `[[sim:end=failed:${word}]]`);
  const failed = await makeJob(api, failing);
  const succeeded = await makeJob(api, bodySaying(word, hooks, "500"));
  await Promise.all([
    reaches(api, failed, "failed", "delivered"),
    reaches(api, succeeded, "succeeded", "retrying"),
  ]);
  const link = (await recordOf(api, succeeded)).video?.url ?? "";
  const taskIds = (await recordOf(api, succeeded)).tasks.map(({ id }) => id);
  // Everywhere that a word can be is reached, so that its absence afterwards says something.
  expect((await recordOf(api, failed)).error).toMatchObject({ message: word, upstream: { reason: word } });
  expect(await keysThatSay(api, [word])).toEqual([
    "delivery:dlv",
    "delivery:dlv:attempts",
    "event:evt",
    "job:job",
    "job:job:history",
  ]);
  expect(await keysThatSay(api, [link])).toEqual(["event:evt", "job:job"]);

  for (const id of [failed, succeeded]) {
    expect((await api.call("DELETE", `/v1/jobs/${id}`)).status).toBe(204);
  }
  expect(await keysThatSay(api, [word, new URL(link).pathname, new URL(hooks).host])).toEqual([]);
  expect([...(await dumpKeys(api.ledger)).keys()].filter((name) => /:(tag|reference):/.test(name))).toEqual(
    [],
  );
  expect(JSON.stringify([...api.logs.lines, ...logs.lines])).not.toContain(word);
  expect(logs.named("job.polled").length).toBeGreaterThan(0);

  // What stays is what somebody must be able to account for.
  expect(await deliveryOf(api, failed)).toMatchObject({ status: "delivered", attempt: 2, lastStatus: 200 });
  expect(await deliveryOf(api, succeeded)).toMatchObject({ status: "aborted", lastError: "erased" });
  expect((await recordOf(api, succeeded)).tasks.map(({ id }) => id)).toEqual(taskIds);
});
