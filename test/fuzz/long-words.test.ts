// The longest text that each place takes, of the kinds that make a careless pattern try every way to fail: none takes a
// noticeable time of the one thread that serves everybody.
import { describe, expect, test } from "vitest";

import { parseErrorBody, parseTaskId, parseTaskResult } from "../../src/worker/novita/wire.ts";
import { readyApi } from "../support/api.ts";
import type { TestApi } from "../support/api.ts";

/** A hundred times what such a request costs; a pattern that goes wrong needs minutes, or for ever. */
const MOST_CPU_MS = 1500;

const units = [
  '"',
  '\\"',
  ",",
  ";",
  "=",
  ",;=",
  '";"',
  "W/",
  'W/"',
  "q=0.",
  "wait=",
  " ",
  "\t",
  "a",
  "a@",
  "%",
  "0",
  "9",
  "-",
  "T",
  ".",
  "/",
  "aA0",
];
const endings = ["", "!", "\u00ff", '"', "\\"];

/** For each unit, as much of it as `length` holds, with each ending. */
const longWords = (length: number): string[] =>
  units.flatMap((unit) =>
    endings.map((ending) => unit.repeat(Math.floor((length - ending.length) / unit.length)) + ending),
  );

async function mostCpu(tries: (() => unknown)[]): Promise<number> {
  let most = 0;
  for (const attempt of tries) {
    const before = process.cpuUsage();
    await attempt();
    const { user, system } = process.cpuUsage(before);
    most = Math.max(most, (user + system) / 1000);
  }
  return most;
}

const id = "job_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const asLatin1 = (word: string): string => word.trim() || "x";

const places: [string, (api: TestApi, word: string) => unknown, number][] = [
  ...[
    "accept",
    "prefer",
    "if-none-match",
    "last-event-id",
    "idempotency-key",
    "content-type",
    "authorization",
    "cookie",
  ].map((name): [string, (api: TestApi, word: string) => unknown, number] => [
    `the header ${name}`,
    (api, word) =>
      api.call(
        name === "idempotency-key" ? "POST" : "GET",
        name === "cookie" ? "/admin/queues" : `/v1/jobs/${id}`,
        {
          headers: { [name]: asLatin1(word) },
        },
      ),
    12_000,
  ]),
  ["an id", (api, word) => api.call("GET", `/v1/jobs/${encodeURIComponent(word)}`), 4000],
  ...["after", "created_after", "status", "tag", "limit"].map(
    (name): [string, (api: TestApi, word: string) => unknown, number] => [
      `the parameter ${name}`,
      (api, word) => api.call("GET", `/v1/jobs?${name}=${encodeURIComponent(word)}`),
      4000,
    ],
  ),
  [
    "the webhook's URL",
    (api, word) => api.post({ input: { prompt: "x" }, webhook: { url: `https://${word}` } }),
    60_000,
  ],
  [
    "the audio's URL",
    (api, word) => api.post({ input: { prompt: "x", audio_url: `https://${word}` } }),
    60_000,
  ],
  ["a prompt", (api, word) => api.post({ input: { prompt: word } }), 60_000],
  [
    "a task id",
    (api, word) => api.call("POST", `/v1/jobs/${id}/resolve`, { body: { action: "attach", task_id: word } }),
    60_000,
  ],
];

test.each(places)("%s -> never more than a moment", { timeout: 90_000 }, async (_name, ask, length) => {
  const api = await readyApi();
  const tries = longWords(length).map((word) => () => ask(api, word));
  expect(await mostCpu(tries)).toBeLessThan(MOST_CPU_MS);
});

describe("what Novita sends", () => {
  test("200,000 characters in any field -> never more than a moment", { timeout: 90_000 }, async () => {
    const tries = longWords(200_000).flatMap((word) => {
      const video = { video_url: `https://${word}`, video_url_ttl: word, video_type: word };
      const task = { task_id: word, status: word, reason: word, progress_percent: word, eta: word };
      const looked = JSON.stringify({ task, videos: [video] });
      const said = JSON.stringify({ task_id: word, reason: word, message: word, code: word });
      return [
        () => parseTaskResult(looked, 0),
        () => parseTaskId(said),
        () => parseErrorBody(said),
        () => parseErrorBody(word),
      ];
    });
    expect(await mostCpu(tries)).toBeLessThan(MOST_CPU_MS);
  });
});
