import { expect, test } from "vitest";

import examples from "../../fixtures/novita-examples.json" with { type: "json" };
import { classifyLook, classifySubmit } from "../../../src/worker/novita/classify.ts";
import { parseTaskResult } from "../../../src/worker/novita/wire.ts";

const NOW = Date.UTC(2026, 0, 1);

/** Task id of every published submit answer, by the example's name. */
const SUBMITTED = {
  "wan2.7-t2v submit (doc template)": "<string>",
  "wan-t2v (Wan 2.1) submit": "{Returned Task ID}",
  "minimax-hailuo-02 submit": "{Returned Task ID}",
  "txt2video submit": "fa20dff3-18cb-4417-a7f8-269456a35154",
  "txt2img submit": "f10333f2-2dd7-4f56-a177-e3c02a774d9a",
  "txt2img submit, LEGACY ENVELOPE": "0fe0f291-05c9-41a4-83bb-3365d4b54f8b",
  "img2img submit, LEGACY ENVELOPE": "73fab7c0-e24f-4027-9df0-81ff8ce4bc1f",
};

/** Video (its type and end) of every published task-result: the images' answers and the placeholders have none. */
const RESULTS = {
  "wan-t2v task result SUCCEED": null,
  "wan-i2v (PPIO sister platform) task result SUCCEED": null,
  "minimax-hailuo-02 task result SUCCEED": null,
  "txt2video task result SUCCEED with presigned S3 URL": {
    url: expect.stringContaining("/99a87dec55c6431189aff4bad39fb4a0.mp4?X-Amz-Algorithm=AWS4-HMAC-SHA256"),
    type: "mp4",
    expiresAt: Date.UTC(2023, 11, 19, 15, 38, 29),
  },
  "img2video task result SUCCEED without eta/progress_percent": {
    url: expect.stringContaining("/e40de30e115947a0be2dfc78925e587d.mp4?X-Amz-Algorithm=AWS4-HMAC-SHA256"),
    type: "mp4",
    expiresAt: Date.UTC(2023, 10, 27, 16, 17, 57),
  },
  "task-result page example (numeric TTL, progress 0 on SUCCEED)": null,
  "txt2img task result with debug_info timings (string TTL, string ms)": null,
  "txt2img with LoRA task result (extra only has seed, audios absent)": null,
  "txt2img NSFW-detection task result": null,
  "img2img task result": null,
  "upscale task result": null,
};

function answerOf(name: string): { status: number; retryAfter: null; body: string } {
  const example = examples.find((candidate) => candidate.name === name);
  return { status: example?.status ?? 0, retryAfter: null, body: JSON.stringify(example?.response) };
}

/** The task that a published result is about. */
function taskOf(name: string): string {
  return parseTaskResult(answerOf(name).body, NOW)?.taskId ?? "";
}

test.each(Object.entries(SUBMITTED))("%s -> accepted as %s", (name, taskId) => {
  expect(classifySubmit(answerOf(name), NOW)).toEqual({ kind: "accepted", taskId });
});

test.each(Object.entries(RESULTS))("%s -> succeeded", (name, video) => {
  expect(classifyLook(answerOf(name), taskOf(name), NOW)).toEqual({ kind: "succeeded", video });
});

test("schema template with placeholder values -> running with an unknown status", () => {
  const name = "task-result page schema template";
  const outcome = classifyLook(answerOf(name), taskOf(name), NOW);
  expect(outcome).toEqual({ kind: "running", progress: 100, etaS: 123, known: false });
});

test("every published answer of the asynchronous API -> named above", () => {
  const published = examples
    .filter(({ path, response }) => path.startsWith("/v3/async/") && response !== null)
    .map(({ name }) => name);
  const named = [...Object.keys(SUBMITTED), ...Object.keys(RESULTS), "task-result page schema template"];
  expect(published.sort()).toEqual(named.sort());
});
