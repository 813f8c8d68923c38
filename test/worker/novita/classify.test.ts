import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  type Answer,
  type LookOutcome,
  type SubmitOutcome,
  classifyBrokenSubmit,
  classifyLook,
  classifySubmit,
} from "../../../src/worker/novita/classify.ts";

const NOW = Date.UTC(2026, 0, 1);

function answer(status: number, body: unknown, retryAfter: string | null = null): Answer {
  return { status, retryAfter, body: typeof body === "string" ? body : JSON.stringify(body) };
}

function refusal(reason: string): object {
  return { code: 1, reason, message: "why", metadata: {} };
}

function submitKind(outcome: SubmitOutcome): string {
  if (outcome.kind === "refused") return `refused ${outcome.code}`;
  return outcome.kind === "blocked" ? `blocked ${outcome.cause}` : outcome.kind;
}

describe("submit", () => {
  test.each<[number, string, string]>([
    [429, "RATE_LIMIT_EXCEEDED", "deferred"],
    [429, "ANY_OTHER", "deferred"],
    [429, "CREATE_TASK_FAILED", "deferred"],
    [503, "SERVER_OVERLOAD", "deferred"],
    [503, "SERVICE_UNAVAILABLE", "deferred"],
    [403, "RATE_LIMIT_EXCEEDED", "deferred"],
    [400, "BILLING_BALANCE_NOT_ENOUGH", "blocked account"],
    [403, "NOT_ENOUGH_BALANCE", "blocked account"],
    [403, "INVALID_API_KEY", "blocked account"],
    [400, "MISSING_API_KEY", "blocked account"],
    [401, "FAILED_TO_AUTH", "blocked account"],
    [401, "ANY_OTHER", "blocked account"],
    [403, "NEED_REAL_NAME_VERIFY", "blocked account"],
    [403, "API_NOT_ALLOWED", "blocked account"],
    [400, "INVALID_REQUEST_BODY", "refused invalid_input"],
    [400, "ILLEGAL_PROMPT", "refused content_rejected"],
    [400, "ILLEGAL_IMAGE_CONTENT", "refused content_rejected"],
    [404, "API_NOT_FOUND", "refused model_unavailable"],
    [404, "ANY_OTHER", "refused invalid_input"],
    [409, "ANY_OTHER", "refused invalid_input"],
    [422, "ANY_OTHER", "refused invalid_input"],
    [400, "CREATE_TASK_FAILED", "unknown"],
    [408, "ANY_OTHER", "unknown"],
    [500, "CREATE_TASK_FAILED", "unknown"],
    [500, "BILLING_FAILED", "unknown"],
    [503, "BILLING_FAILED", "unknown"],
    [503, "CREATE_TASK_FAILED", "unknown"],
    [500, "RATE_LIMIT_EXCEEDED", "unknown"],
    [500, "INVALID_API_KEY", "unknown"],
    [500, "ILLEGAL_STATE", "unknown"],
    [502, "INVALID_REQUEST_BODY", "unknown"],
    [408, "INVALID_REQUEST_BODY", "unknown"],
    [502, "ANY_OTHER", "unknown"],
    [504, "ANY_OTHER", "unknown"],
    [524, "ANY_OTHER", "unknown"],
    [302, "INVALID_REQUEST_BODY", "blocked proxy"],
    [200, "RATE_LIMIT_EXCEEDED", "unknown"],
  ])("%i with reason %s -> %s", (status, reason, expected) => {
    expect(submitKind(classifySubmit(answer(status, refusal(reason)), NOW))).toBe(expected);
  });

  test.each<[number, string]>([
    [301, "blocked proxy"],
    [307, "blocked proxy"],
    [400, "blocked proxy"],
    [401, "blocked proxy"],
    [403, "blocked proxy"],
    [404, "blocked proxy"],
    [407, "blocked proxy"],
    [413, "blocked proxy"],
    [429, "deferred"],
    [408, "unknown"],
    [500, "unknown"],
    [502, "unknown"],
    [503, "unknown"],
    [504, "unknown"],
    [520, "unknown"],
    [199, "unknown"],
    [600, "unknown"],
  ])("%i with a proxy's page -> %s", (status, expected) => {
    expect(submitKind(classifySubmit(answer(status, "<html>no</html>"), NOW))).toBe(expected);
  });

  test("503 with a code and a message but no reason, as gateways send -> unknown", () => {
    const body = { code: 503, message: "upstream connect error" };
    expect(classifySubmit(answer(503, body), NOW).kind).toBe("unknown");
  });

  test("400 with a code and a message but no reason -> refused as invalid_input", () => {
    const body = { code: 400, message: "bad size" };
    expect(classifySubmit(answer(400, body), NOW)).toEqual({
      kind: "refused",
      code: "invalid_input",
      message: "HTTP 400 bad size",
      upstream: { status: 400, reason: null },
    });
  });

  test.each([
    ["flat", { task_id: "t-1" }],
    ["older envelope", { code: 0, msg: "", data: { task_id: "t-1" } }],
    ["code that is not 0, but a task_id", { code: 9, data: { task_id: "t-1" } }],
  ])("200 %s -> accepted", (_name, body) => {
    expect(classifySubmit(answer(200, body), NOW)).toEqual({ kind: "accepted", taskId: "t-1" });
  });

  test.each([
    ["empty", ""],
    ["truncated", '{"task_id":"t-'],
    ["HTML", "<html></html>"],
    ["without a task_id", "{}"],
    ["with a blank task_id", '{"task_id":" "}'],
    ["with code != 0", '{"code":1001,"msg":"busy","data":{}}'],
  ])("200 %s -> unknown", (_name, body) => {
    const outcome = classifySubmit(answer(200, body), NOW);
    expect(outcome).toMatchObject({ kind: "unknown", upstream: { status: 200, reason: null } });
  });

  test("body over the limit -> judged by the status alone", () => {
    const kinds = [200, 400, 429, 502].map((status) =>
      submitKind(classifySubmit({ status, retryAfter: null, body: null }, NOW)),
    );
    expect(kinds).toEqual(["unknown", "blocked proxy", "deferred", "unknown"]);
  });

  test("reason, message and Retry-After -> all reported, the text cleaned", () => {
    const body = { code: 429, reason: "RATE_LIMIT_EXCEEDED", message: "slow\n\u0007down" };
    expect(classifySubmit(answer(429, body, "7"), NOW)).toEqual({
      kind: "deferred",
      message: "HTTP 429 RATE_LIMIT_EXCEEDED: slow down",
      retryAfterMs: 7000,
      upstream: { status: 429, reason: "RATE_LIMIT_EXCEEDED" },
    });
  });

  test("any status and body -> never throws, and a 2xx is either accepted or unknown", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), anyBody(), fc.string(), (status, body, retryAfter) => {
        const outcome = classifySubmit({ status, body, retryAfter }, NOW);
        const isAnswered = status >= 200 && status < 300;
        expect(["accepted", "unknown"].includes(outcome.kind) || !isAnswered).toBe(true);
        expect(outcome.kind !== "accepted" || isAnswered).toBe(true);
      }),
    );
  });

  test("408 and any 5xx but 503, with any body -> unknown", () => {
    const status = fc.oneof(
      fc.constant(408),
      fc.integer({ min: 500, max: 599 }).filter((code) => code !== 503),
    );
    fc.assert(
      fc.property(status, anyBody(), (code, body) => {
        expect(classifySubmit({ status: code, body, retryAfter: null }, NOW).kind).toBe("unknown");
      }),
    );
  });
});

describe("submit that broke off", () => {
  test("nothing had arrived -> unknown, from nowhere", () => {
    const outcome = { kind: "unknown", message: "ECONNRESET", upstream: null };
    expect(classifyBrokenSubmit(null, "ECONNRESET")).toEqual(outcome);
  });

  test("the whole task_id had arrived -> accepted", () => {
    const partial = answer(200, { task_id: "t-1" });
    expect(classifyBrokenSubmit(partial, "ECONNRESET")).toEqual({ kind: "accepted", taskId: "t-1" });
  });

  test("a part of the task_id had arrived -> unknown", () => {
    const partial = answer(200, '{"task_id":"t-');
    const upstream = { status: 200, reason: null };
    expect(classifyBrokenSubmit(partial, "ECONNRESET")).toEqual({
      kind: "unknown",
      message: "ECONNRESET",
      upstream,
    });
  });

  test("a refusal had begun to arrive -> unknown", () => {
    expect(classifyBrokenSubmit(answer(400, refusal("ILLEGAL_PROMPT")), "x").kind).toBe("unknown");
  });
});

describe("look", () => {
  test.each([408, 409, 425, 429, 500, 502, 503, 504, 302, 400, 410])(
    "%i -> unavailable, no alarm",
    (status) => {
      const outcome = classifyLook(answer(status, refusal("ANY"), "5"), "t-1", NOW);
      expect(outcome).toEqual({
        kind: "unavailable",
        message: `HTTP ${status} ANY: why`,
        retryAfterMs: 5000,
        alarm: false,
        upstream: { status, reason: "ANY" },
      });
    },
  );

  test.each([401, 403])("%i -> unavailable, with an alarm", (status) => {
    expect(classifyLook(answer(status, ""), "t-1", NOW)).toMatchObject({ kind: "unavailable", alarm: true });
  });

  test.each([refusal("TASK_NOT_FOUND"), "<html></html>", ""])("404 with body %j -> missing", (body) => {
    expect(classifyLook(answer(404, body), "t-1", NOW)).toEqual({ kind: "missing" });
  });

  test.each(["", "<html></html>", "{}", '{"task":null}', '{"task":{"status":"TASK_STATUS_SUCCEED"'])(
    "200 with junk %j -> unavailable",
    (body) => {
      const message = "HTTP 200 without this task";
      expect(classifyLook(answer(200, body), "t-1", NOW)).toMatchObject({
        kind: "unavailable",
        message,
        alarm: false,
      });
    },
  );

  test("queued and processing -> running, known", () => {
    for (const status of ["TASK_STATUS_QUEUED", "TASK_STATUS_PROCESSING"]) {
      const outcome = classifyLook(
        answer(200, { task: { status, progress_percent: "7", eta: 60 } }),
        "t-1",
        NOW,
      );
      expect(outcome).toEqual({ kind: "running", progress: 7, etaS: 60, known: true });
    }
  });

  test.each(["TASK_STATUS_UNKNOWN", "", "TASK_STATUS_FAILED ", undefined])(
    "status %j -> running, unknown",
    (status) => {
      const outcome = classifyLook(answer(200, { task: { status } }), "t-1", NOW);
      expect(outcome).toEqual({ kind: "running", progress: null, etaS: null, known: false });
    },
  );

  test("failed -> its reason, cleaned", () => {
    const task = { status: "TASK_STATUS_FAILED", reason: "bad\u0000 luck" };
    const upstream = { status: 200, reason: "bad luck" };
    expect(classifyLook(answer(200, { task }), "t-1", NOW)).toEqual({
      kind: "failed",
      reason: "bad luck",
      upstream,
    });
  });

  test("failed without a reason -> failed", () => {
    const task = { status: "TASK_STATUS_FAILED" };
    const upstream = { status: 200, reason: null };
    expect(classifyLook(answer(200, { task }), "t-1", NOW)).toEqual({ kind: "failed", reason: "", upstream });
  });

  test("succeeded with a blank URL -> succeeded without a video", () => {
    const body = { task: { status: "TASK_STATUS_SUCCEED" }, videos: [{ video_url: "" }] };
    expect(classifyLook(answer(200, body), "t-1", NOW)).toEqual({ kind: "succeeded", video: null });
  });

  test("any status and body -> never throws, and ends the task only by its documented status", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), anyTaskResult(), (status, body) => {
        const outcome = classifyLook({ status, body: JSON.stringify(body), retryAfter: null }, "t-1", NOW);
        const said = readSaidStatus(body);
        const isRead = status >= 200 && status < 300;
        expect(endOf(outcome)).toBe(isRead ? (ENDS.get(said) ?? null) : null);
      }),
      { numRuns: 1000 },
    );
  });

  test("any text -> never throws and never ends the task", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (body) => {
        expect(endOf(classifyLook({ status: 200, body, retryAfter: null }, "t-1", NOW))).toBeNull();
      }),
    );
  });
});

const ENDS: ReadonlyMap<unknown, string> = new Map([
  ["TASK_STATUS_SUCCEED", "succeeded"],
  ["TASK_STATUS_FAILED", "failed"],
]);

function endOf(outcome: LookOutcome): string | null {
  return outcome.kind === "succeeded" || outcome.kind === "failed" ? outcome.kind : null;
}

function anyBody(): fc.Arbitrary<string | null> {
  const reason = fc.oneof(
    fc.constantFrom("INVALID_API_KEY", "ILLEGAL_PROMPT", "RATE_LIMIT_EXCEEDED"),
    fc.jsonValue(),
  );
  const answered = { task_id: fc.jsonValue(), data: fc.jsonValue() };
  const refused = { code: fc.jsonValue(), reason, message: fc.jsonValue(), msg: fc.jsonValue() };
  const body = fc.record({ ...answered, ...refused }, { requiredKeys: [] });
  return fc.oneof(
    fc.constant(null),
    fc.string({ unit: "binary" }),
    fc.json(),
    body.map((fields) => JSON.stringify(fields)),
  );
}

function anyTaskResult(): fc.Arbitrary<unknown> {
  const status = fc.oneof(
    fc.constantFrom("TASK_STATUS_SUCCEED", "TASK_STATUS_FAILED", "TASK_STATUS_QUEUED", "succeeded", "failed"),
    fc.jsonValue(),
  );
  const task = fc.record(
    { status, reason: fc.jsonValue(), progress_percent: fc.jsonValue(), eta: fc.jsonValue() },
    { requiredKeys: [] },
  );
  const video = fc.record({
    video_url: fc.jsonValue(),
    video_url_ttl: fc.jsonValue(),
    video_type: fc.jsonValue(),
  });
  const videos = fc.oneof(fc.array(fc.oneof(video, fc.jsonValue())), fc.jsonValue());
  return fc.oneof(
    fc.jsonValue(),
    fc.record({ task: fc.oneof(task, fc.jsonValue()), videos, status: fc.jsonValue() }, { requiredKeys: [] }),
  );
}

function readSaidStatus(body: unknown): unknown {
  const task = readKey(body, "task");
  return Array.isArray(task) ? undefined : readKey(task, "status");
}

function readKey(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : null;
}
