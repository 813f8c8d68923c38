/** Answers that Novita, or whatever stands between, may give: as bytes, with what of them can be relied on. */
import { gzipSync } from "node:zlib";

import * as fc from "fast-check";

import { spoilBody } from "./spoil.ts";

export type RawAnswer = {
  bytes: Buffer;
  /** After the bytes: the connection closes, is reset, or stays open with nothing more to come. */
  ending: "end" | "reset";
  status: number;
  /** What a reader of HTTP has in hands when the answer is whole; null when it breaks off. */
  text: string | null;
  /** The body as far as it comes, whole or not. */
  heard: string;
};

const STATUSES = [
  200, 201, 202, 203, 204, 206, 299, 300, 301, 302, 303, 304, 307, 308, 400, 400, 400, 401, 402, 403, 404,
  405, 406, 408, 409, 410, 413, 415, 418, 421, 422, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503,
  503, 504, 505, 507, 508, 511, 520, 522, 524, 530, 599,
];

const KNOWN_REASONS = [
  "RATE_LIMIT_EXCEEDED",
  "SERVER_OVERLOAD",
  "BILLING_BALANCE_NOT_ENOUGH",
  "NOT_ENOUGH_BALANCE",
  "INVALID_API_KEY",
  "MISSING_API_KEY",
  "FAILED_TO_AUTH",
  "NEED_REAL_NAME_VERIFY",
  "API_NOT_ALLOWED",
  "INVALID_REQUEST_BODY",
  "ILLEGAL_PROMPT",
  "ILLEGAL_IMAGE",
  "API_NOT_FOUND",
  "CREATE_TASK_FAILED",
  "BILLING_FAILED",
];

const refusal: fc.Arbitrary<unknown> = fc
  .tuple(
    fc.constantFrom(...KNOWN_REASONS, "SOMETHING_NEW", "", " ", "illegal_prompt"),
    fc.constantFrom(400, 0, -1, "5"),
  )
  .map(([reason, code]) => ({ code, reason, message: `it is ${reason}`, metadata: {} }));

const oddId = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    12,
    true,
    "",
    "  ",
    [],
    {},
    ["t"],
    "x".repeat(257),
    "a\u0000b",
    "a\nb",
    "\u202et",
    "../x",
  ),
  fc.string({ unit: "binary", maxLength: 300 }),
);

/** What a submission is answered with. */
export const soldBody: fc.Arbitrary<Buffer> = bodies(
  fc.oneof(
    fc.constantFrom<unknown>({ task_id: "task-sold" }, { code: 0, msg: "", data: { task_id: "task-sold" } }),
    oddId.map((id) => ({ task_id: id })),
    oddId.map((id) => ({ code: 7, task_id: id, data: { task_id: id } })),
    refusal,
  ),
);

const goodLink = fc.constantFrom<unknown>(
  "https://files.example.com/v.mp4?sig=1",
  "HTTPS://FILES.EXAMPLE.COM/v.mp4",
);
const oddLink = fc.constantFrom<unknown>(
  "javascript:alert(1)",
  "data:video/mp4;base64,AAAA",
  "file:///etc/passwd",
  "//files.example.com/v.mp4",
  "https://user:password@files.example.com/v.mp4",
  "https://files.example.com/\r\nSet-Cookie: a=b",
  "https://files.example.com/v.mp4?X-Amz-Date=20260101T000000Z&X-Amz-Expires=99999999999",
  "https://files.example.com/v.mp4?X-Amz-Date=99999999T999999Z&X-Amz-Expires=3600",
  "https://[::1",
  "https://",
  `https://files.example.com/${"a".repeat(9000)}`,
  "x".repeat(900_000),
  "",
  null,
  7,
);

const quantities = fc.constantFrom<unknown>(
  0,
  50,
  100,
  101,
  -1,
  1e308,
  2 ** 53,
  "3600",
  "-1",
  "1e9",
  null,
  [],
  {},
  "NaN",
);

/** What a look at `taskId` is answered with. */
export const lookedBody = (taskId: string): fc.Arbitrary<Buffer> =>
  bodies(
    fc
      .record({
        id: fc.oneof(
          { weight: 6, arbitrary: fc.constant<unknown>(taskId) },
          fc.constantFrom<unknown>("another", 7, null),
        ),
        status: fc.oneof(
          fc.constant<unknown>("SUCCEED"),
          fc.constantFrom<unknown>("QUEUED", "PROCESSING", "FAILED", "UNKNOWN", "", "succeed"),
        ),
        reason: fc.constantFrom<unknown>("", "no GPU", "\u001b[31m\u202e", "r".repeat(100_000), null, 7, {}),
        progress: quantities,
        eta: quantities,
        ttl: quantities,
        link: fc.oneof(goodLink, oddLink),
        type: fc.constantFrom<unknown>("mp4", "MP4", "<script>", "", null, "a".repeat(1000)),
      })
      .map(({ id, status, reason, progress, eta, ttl, link, type }) => ({
        extra: {},
        task: {
          task_id: id,
          status: `TASK_STATUS_${String(status)}`,
          reason,
          progress_percent: progress,
          eta,
        },
        videos: [{ video_url: link, video_url_ttl: ttl, video_type: type }],
      })),
  );

function bodies(good: fc.Arbitrary<unknown>): fc.Arbitrary<Buffer> {
  return fc.oneof(
    { weight: 5, arbitrary: good.map((value) => Buffer.from(JSON.stringify(value))) },
    { weight: 2, arbitrary: spoilBody(good) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom("", "<html>502</html>", "null", "[]", "OK", "\u0000")
        .map((text) => Buffer.from(text)),
    },
  );
}

const retryAfters = fc.constantFrom(
  "1",
  "0",
  "-1",
  "1e9",
  "99999999999",
  "soon",
  "Fri, 31 Dec 9999 23:59:59 GMT",
  "",
);
const FRAMINGS = [
  "length",
  "chunks",
  "close",
  "gzip",
  "interim",
  "long",
  "cut",
  "reset",
  "short",
  "nonsense",
] as const;
type Framing = (typeof FRAMINGS)[number];

export const answers = (body: fc.Arbitrary<Buffer>, location: string): fc.Arbitrary<RawAnswer> =>
  fc
    .record({
      status: fc.oneof(fc.constant(200), fc.constantFrom(...STATUSES)),
      body,
      framing: fc.oneof(
        { weight: 6, arbitrary: fc.constant<Framing>("length") },
        fc.constantFrom(...FRAMINGS),
      ),
      retryAfter: fc.option(retryAfters, { nil: null }),
    })
    .map(({ status, body: sent, framing, retryAfter }) =>
      frame(status, sent, framing, [
        `Location: ${location}`,
        "Content-Type: application/json",
        ...(retryAfter === null ? [] : [`Retry-After: ${retryAfter}`]),
      ]),
    );

function frame(status: number, body: Buffer, framing: Framing, headers: string[]): RawAnswer {
  const bodyless = status === 204 || status === 304;
  const whole = bodyless ? Buffer.alloc(0) : body;
  const answer = (more: string[], sent: Buffer, before = ""): Buffer =>
    Buffer.concat([
      Buffer.from(`${before}HTTP/1.1 ${status} Whatever\r\n${[...headers, ...more].join("\r\n")}\r\n\r\n`),
      bodyless ? Buffer.alloc(0) : sent,
    ]);
  const half = body.subarray(0, Math.floor(body.length / 2));
  const told = { ending: "end", status, text: decode(whole), heard: decode(whole) } as const;
  const broken = (sent: Buffer) =>
    bodyless ? told : ({ ...told, text: null, heard: decode(sent) } as const);
  switch (framing) {
    case "length":
      return { ...told, bytes: answer([`Content-Length: ${body.length}`], body) };
    case "chunks": {
      const chunk = body.length === 0 ? "" : `${body.length.toString(16)}\r\n${body.toString("latin1")}\r\n`;
      return {
        ...told,
        bytes: answer(["Transfer-Encoding: chunked"], Buffer.from(`${chunk}0\r\n\r\n`, "latin1")),
      };
    }
    case "close":
      return { ...told, bytes: answer(["Connection: close"], body) };
    case "gzip": {
      const packed = gzipSync(body);
      const text = bodyless ? "" : decode(packed);
      const more = ["Content-Encoding: gzip", `Content-Length: ${packed.length}`];
      return { ...told, text, heard: text, bytes: answer(more, packed) };
    }
    case "interim": {
      const before = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n";
      return { ...told, bytes: answer([`Content-Length: ${body.length}`], body, before) };
    }
    case "long":
      return { ...broken(body), bytes: answer([`Content-Length: ${body.length + 9}`], body) };
    case "cut":
      return { ...broken(half), bytes: answer([`Content-Length: ${body.length + 1}`], half) };
    case "reset":
      return {
        ...broken(half),
        ending: "reset",
        bytes: answer([`Content-Length: ${body.length + 1}`], half),
      };
    case "short": {
      const text = decode(half);
      const cut = bodyless ? told : { ...told, text, heard: text };
      return { ...cut, bytes: answer([`Content-Length: ${half.length}`], body) };
    }
    case "nonsense":
      return {
        ...told,
        text: null,
        heard: "",
        bytes: Buffer.concat([Buffer.from("HTTP/9 what\r\n\r\n"), body]),
      };
  }
}

/** Novita's bytes as text: what is no UTF-8 is replaced. */
const decode = (bytes: Buffer): string => new TextDecoder().decode(bytes);
