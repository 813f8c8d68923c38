import { describe, expect, test } from "vitest";

import {
  cleanText,
  parseErrorBody,
  parseRetryAfter,
  parseTaskId,
  parseTaskResult,
} from "../../../src/worker/novita/wire.ts";

const NOW = Date.UTC(2026, 0, 1);

function readTask(task: object): ReturnType<typeof parseTaskResult> {
  return parseTaskResult(JSON.stringify({ task }), NOW);
}

function readVideos(videos: unknown): unknown {
  return parseTaskResult(JSON.stringify({ task: { status: "TASK_STATUS_SUCCEED" }, videos }), NOW)?.video;
}

describe("task id", () => {
  test.each([
    ["flat", { task_id: "t-1" }, "t-1"],
    ["older envelope", { code: 0, msg: "", data: { task_id: "t-2" } }, "t-2"],
    ["space around", { task_id: "  t-3\n" }, "t-3"],
    ["blank outside, set inside", { task_id: " ", data: { task_id: "t-4" } }, "t-4"],
    ["code that is not 0, but an id", { code: 7, data: { task_id: "t-5" } }, "t-5"],
    ["256 characters", { task_id: "x".repeat(256) }, "x".repeat(256)],
    ["257 characters", { task_id: "x".repeat(257) }, null],
    ["blank", { task_id: "   " }, null],
    ["number", { task_id: 12 }, null],
    ["null", { task_id: null, data: null }, null],
    ["control character inside", { task_id: "a\u0000b" }, null],
    ["absent", { code: 0, data: {} }, null],
    ["array", [{ task_id: "t" }], null],
  ])("%s -> the id or none", (_name, body, expected) => {
    expect(parseTaskId(JSON.stringify(body))).toBe(expected);
  });

  test.each([null, "", "<html>", '{"task_id":"t', "null"])("body %j -> none", (body) => {
    expect(parseTaskId(body)).toBeNull();
  });
});

describe("error body", () => {
  test.each([
    [
      { code: 400, reason: "X", message: "m", metadata: {} },
      { reason: "X", message: "m" },
    ],
    [{ reason: " X " }, { reason: "X", message: "" }],
    [
      { code: 5, message: "m" },
      { reason: null, message: "m" },
    ],
    [
      { code: "5", reason: "", message: "m" },
      { reason: null, message: "m" },
    ],
    [
      { code: -1, msg: "older" },
      { reason: null, message: "older" },
    ],
    [{ message: "Forbidden" }, null],
    [{ code: " ", message: "m" }, null],
    [{ code: 5 }, null],
    [{ reason: 5 }, null],
    [{ reason: " " }, null],
    [["reason"], null],
  ])("%j -> %j", (body, expected) => {
    expect(parseErrorBody(JSON.stringify(body))).toEqual(expected);
  });

  test.each([null, "", "Bad Gateway", "<html></html>"])("body %j -> none", (body) => {
    expect(parseErrorBody(body)).toBeNull();
  });
});

describe("task result", () => {
  test.each([
    ["TASK_STATUS_QUEUED", "running"],
    ["TASK_STATUS_PROCESSING", "running"],
    ["TASK_STATUS_SUCCEED", "succeeded"],
    ["TASK_STATUS_FAILED", "failed"],
    ["TASK_STATUS_UNKNOWN", "unknown"],
    ["TASK_STATUS_SUCCEEDED", "unknown"],
    ["task_status_succeed", "unknown"],
    ["", "unknown"],
    [null, "unknown"],
    [3, "unknown"],
  ])("status %j -> %s", (status, expected) => {
    expect(readTask({ status })?.status).toBe(expected);
  });

  test.each([
    [undefined, null],
    [null, null],
    [0, 0],
    [42.9, 42],
    ["42", 42],
    [250, 100],
    [-1, null],
    ["half", null],
    ["", null],
    ["9".repeat(400), null],
  ])("progress %j -> %j", (progress, expected) => {
    expect(readTask({ progress_percent: progress })?.progress).toBe(expected);
  });

  test("eta as a string -> seconds; absent -> null", () => {
    expect(readTask({ eta: "30" })?.etaS).toBe(30);
    expect(readTask({})?.etaS).toBeNull();
  });

  test("only a task, all else missing or null -> still a result", () => {
    const body = JSON.stringify({
      task: { status: "TASK_STATUS_SUCCEED", new_field: 1 },
      videos: null,
      extra: null,
    });
    const bare = { taskId: null, status: "succeeded", reason: "", progress: null, etaS: null, video: null };
    expect(parseTaskResult(body, NOW)).toEqual(bare);
  });

  test.each(["[]", "{}", '{"task":null}', '{"task":"x"}', "<html>", ""])("body %j -> no result", (body) => {
    expect(parseTaskResult(body, NOW)).toBeNull();
  });

  test("huge reason with control characters -> one line of 500 characters", () => {
    const reason = readTask({ reason: `bad\u001B[31m\r\nword ${"x".repeat(9000)}` })?.reason ?? "";
    expect(reason.startsWith("bad [31m word xxx")).toBe(true);
    expect(reason).toHaveLength(500);
  });
});

describe("video", () => {
  const url = "https://files.example/v.mp4";

  test.each([
    ["string TTL", { video_url_ttl: "3600" }, NOW + 3_600_000],
    ["numeric TTL", { video_url_ttl: 3600 }, NOW + 3_600_000],
    ["no TTL", {}, null],
    ["TTL 0", { video_url_ttl: 0 }, null],
    ["TTL beyond a week", { video_url_ttl: 1e15 }, null],
    ["TTL that is no number", { video_url_ttl: "soon" }, null],
  ])("%s -> its end or null", (_name, ttl, expiresAt) => {
    expect(readVideos([{ video_url: url, video_type: "mp4", ...ttl }])).toEqual({
      url,
      type: "mp4",
      expiresAt,
    });
  });

  test("signed link beside a TTL -> the link's own end", () => {
    const signed = `${url}?X-Amz-Date=20260101T000000Z&X-Amz-Expires=600`;
    expect(readVideos([{ video_url: signed, video_url_ttl: "3600" }])).toMatchObject({
      expiresAt: NOW + 600_000,
    });
  });

  test.each([
    "X-Amz-Date=20261399T000000Z&X-Amz-Expires=600",
    "X-Amz-Date=20260101T000000Z",
    "X-Amz-Expires=5",
  ])("link signed as %s -> the TTL", (query) => {
    const signed = `${url}?${query}`;
    expect(readVideos([{ video_url: signed, video_url_ttl: 60 }])).toMatchObject({ expiresAt: NOW + 60_000 });
  });

  test.each([
    ["blank", " "],
    ["relative", "/v.mp4"],
    ["ftp", "ftp://files.example/v.mp4"],
    ["script", "javascript:alert(1)"],
    ["broken inside", "https://files.example/a\nb"],
    ["no host", "https://"],
    ["broken host", "https://[files/v.mp4"],
    ["impossible port", "https://files.example:99999/v.mp4"],
    ["overlong", `${url}?${"x".repeat(8192)}`],
    ["number", 5],
    ["null", null],
  ])("%s URL -> no video", (_name, videoUrl) => {
    expect(readVideos([{ video_url: videoUrl }])).toBeNull();
  });

  test("useless entries before a good one -> the first good one, trimmed", () => {
    const videos = [null, "x", { video_url: "" }, { video_url: ` ${url} ` }, { video_url: `${url}2` }];
    expect(readVideos(videos)).toMatchObject({ url });
  });

  test.each([
    ["MP4", "mp4"],
    ["webm", "webm"],
    ["<string>", "mp4"],
    [undefined, "mp4"],
  ])("type %j -> %s", (type, expected) => {
    expect(readVideos([{ video_url: url, video_type: type }])).toMatchObject({ type: expected });
  });
});

describe("text", () => {
  test("bidirectional override, line separator, tab -> spaces, runs joined", () => {
    expect(cleanText(" a\u202E\u2028\tb ")).toBe("a b");
  });

  test("cut in the middle of a surrogate pair -> no half left", () => {
    expect(cleanText(`${"x".repeat(499)}🎬`)).toBe("x".repeat(499));
  });

  test("whole surrogate pairs -> kept", () => {
    expect(cleanText("take 🎬")).toBe("take 🎬");
  });
});

describe("Retry-After", () => {
  test.each([
    ["1", 1000],
    [" 3600 ", 3_600_000],
    ["3601", null],
    ["0", null],
    ["-5", null],
    ["1.5", null],
    ["soon", null],
    ["", null],
    [null, null],
    ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
    ["Thu, 01 Jan 2026 02:00:00 GMT", null],
    ["Wed, 31 Dec 2025 23:59:59 GMT", null],
    ["Thu, 99 Jan 2026 00:00:30 GMT", null],
    ["2026-01-01T00:00:30Z", null],
    ["9".repeat(400), null],
  ])("%j -> %j ms", (value, expected) => {
    expect(parseRetryAfter(value, NOW)).toBe(expected);
  });
});
