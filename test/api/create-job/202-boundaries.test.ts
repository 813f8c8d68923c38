// The last values that POST /v1/jobs still takes; the first that it refuses are in 422-*.test.ts.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isReady, startTestApi, type TestApi } from "../../support/api.ts";
import { recordOf } from "../support.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    PRICES: "wan2.7-t2v:720P=0.10,wan2.7-t2v:1080P=0.15",
    WEBHOOK_ALLOW_CIDRS: "127.0.0.0/8",
  });
  await isReady(api);
});
afterAll(() => api.close());

const prompt = "p";
const input = (fields: object) => ({ input: { prompt, ...fields } });
const withField = (fields: object) => ({ input: { prompt }, ...fields });
const pairs = (count: number, value = "v") =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, value]));

/** 8 KiB in all: 16 pairs of 512 units. */
const fullMetadata = Object.fromEntries(
  Array.from({ length: 16 }, (_, n) => [String(n).padStart(12, "k"), "v".repeat(500)]),
);

test.each<[string, object]>([
  ["a prompt of one character", input({})],
  ["a prompt of 1500 characters", input({ prompt: "p".repeat(1500) })],
  ["a prompt of 750 emoji, which are 1500 UTF-16 units", input({ prompt: "🎬".repeat(750) })],
  ["a prompt with line ends and NUL", input({ prompt: "a\r\n\u0000b" })],
  ["an empty negative prompt", input({ negative_prompt: "" })],
  ["a negative prompt of 500 characters", input({ negative_prompt: "n".repeat(500) })],
  ...["1280*720", "720*1280", "960*960", "1088*832", "832*1088", "1920*1080", "1080*1920"].map(
    (size): [string, object] => [`size ${size}`, input({ size })],
  ),
  ...["1440*1440", "1632*1248", "1248*1632"].map((size): [string, object] => [
    `size ${size}`,
    input({ size }),
  ]),
  ["duration 2", input({ duration: 2 })],
  ["duration 15", input({ duration: 15 })],
  ["duration 5.0", input({ duration: 5.0 })],
  ["seed 0", input({ seed: 0 })],
  ["seed 2147483647", input({ seed: 2_147_483_647 })],
  ["an audio URL over http", input({ audio_url: "http://audio.example.com/a.wav" })],
  ["an audio URL of 2048 characters", input({ audio_url: `https://a.example.com/${"a".repeat(2026)}` })],
  ["an empty reference", withField({ reference: "" })],
  ["a reference of 128 characters", withField({ reference: "r".repeat(128) })],
  ["32 metadata pairs", withField({ metadata: pairs(32) })],
  ["a metadata name of 40 characters", withField({ metadata: { ["k".repeat(40)]: "v" } })],
  ["a metadata value of 500 characters", withField({ metadata: { k: "v".repeat(500) } })],
  ["metadata of 8192 characters in all", withField({ metadata: fullMetadata })],
  ["metadata named like an object's own", withField({ metadata: { constructor: "x", toString: "y" } })],
  ["10 tags of 64 characters", withField({ tags: Array.from({ length: 10 }, () => "t".repeat(64)) })],
  ["no tags", withField({ tags: [] })],
  ["timeouts of a second", withField({ timeout_s: 1, start_timeout_s: 1 })],
  ["timeouts of a week", withField({ timeout_s: 604_800, start_timeout_s: 604_800 })],
  ["on_unconfirmed fail", withField({ on_unconfirmed: "fail" })],
  [
    "a webhook within WEBHOOK_ALLOW_CIDRS over http",
    withField({ webhook: { url: "http://127.0.0.1:9999/h" } }),
  ],
])("%s -> 202, kept unchanged", async (_name, body) => {
  const answer = await api.post(body);
  expect(answer.status).toBe(202);
  const { request } = await recordOf(api, String(answer.json["id"]));
  const { timeout_s, start_timeout_s, on_unconfirmed, webhook, ...same }: Record<string, unknown> = {
    ...body,
  };
  expect(request).toMatchObject({
    ...same,
    ...(timeout_s === undefined ? {} : { timeoutS: timeout_s, startTimeoutS: start_timeout_s }),
    ...(on_unconfirmed === undefined ? {} : { onUnconfirmed: on_unconfirmed }),
    ...(webhook === undefined ? {} : { webhook }),
  });
});

describe("the body as bytes", () => {
  const json = JSON.stringify({ input: { prompt } });

  test("65,536 bytes -> 202", async () => {
    const raw = json.padEnd(65_536, " ");
    const answer = await api.call("POST", "/v1/jobs", {
      raw,
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(202);
  });

  test.each([
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/json;x=y",
  ])("Content-Type %s -> 202", async (type) => {
    const answer = await api.call("POST", "/v1/jobs", { raw: json, headers: { "content-type": type } });
    expect(answer.status).toBe(202);
  });

  test("a byte order mark -> 202", async () => {
    const headers = { "content-type": "application/json" };
    const answer = await api.call("POST", "/v1/jobs", { raw: `\u{feff}${json}`, headers });
    expect(answer.status).toBe(202);
  });
});

describe("the estimate", () => {
  test.each<[string, object, number]>([
    ["720P for 3 s, where 0.1 * 3 is not 0.3 in floating point", { size: "1280*720", duration: 3 }, 0.3],
    ["720P for 7 s", { size: "832*1088", duration: 7 }, 0.7],
    ["1080P for 7 s, where 0.15 * 7 is not 1.05", { size: "1248*1632", duration: 7 }, 1.05],
    ["the defaults, 1080P for 5 s", {}, 0.75],
    ["1080P for 15 s", { size: "1440*1440", duration: 15 }, 2.25],
    ["720P for 2 s", { size: "960*960", duration: 2 }, 0.2],
  ])("%s -> exact", async (_name, fields, dollars) => {
    const answer = await api.post(input(fields));
    const { estimate } = await recordOf(api, String(answer.json["id"]));
    expect(answer.json["billing"]).toStrictEqual({
      state: "not_billed",
      estimated: dollars,
      currency: "USD",
    });
    expect(estimate).toBe(Math.round(dollars * 1_000_000));
  });

  test("max_cost equal to the estimate -> 202", async () => {
    const answer = await api.post({ ...input({ size: "1280*720", duration: 3 }), max_cost: 0.3 });
    expect(answer.status).toBe(202);
  });
});
