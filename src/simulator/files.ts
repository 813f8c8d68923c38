import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { send, type Answer } from "./answer.ts";

const s3Errors = {
  AccessDenied: { status: 403, message: "Request has expired" },
  SignatureDoesNotMatch: { status: 403, message: "The request signature we calculated does not match" },
  NoSuchKey: { status: 404, message: "The specified key does not exist." },
} as const;

/** Reads the video that every task gets: two seconds of H.264 with sound, playable while it loads. */
export function readVideo(): Buffer {
  return readFileSync(new URL("./assets/video.mp4", import.meta.url));
}

/** A link in the form of an S3 presigned one. It holds from `signedAt`, in whole seconds, for `ttlS`. */
export function signUrl(base: string, fileId: string, signedAt: number, ttlS: number, key: Buffer): string {
  const date = amzDate(signedAt);
  const query = new URLSearchParams({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `SIMULATOR/${date.slice(0, 8)}/local/s3/aws4_request`,
    "X-Amz-Date": date,
    "X-Amz-Expires": String(ttlS),
    "X-Amz-SignedHeaders": "host",
    "x-id": "GetObject",
    "X-Amz-Signature": signature(fileId, date, String(ttlS), key),
  });
  return `${base}/files/${fileId}.mp4?${query.toString()}`;
}

/** Returns the refusal, or undefined for a link that works now. */
export function checkUrl(
  fileId: string,
  query: Record<string, string>,
  now: number,
  key: Buffer,
): Answer | undefined {
  const { "X-Amz-Date": date = "", "X-Amz-Expires": ttlS = "", "X-Amz-Signature": given = "" } = query;
  const expected = Buffer.from(signature(fileId, date, ttlS, key));
  const actual = Buffer.from(given);
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected))
    return s3Error("SignatureDoesNotMatch");
  return now < parseAmzDate(date) + Number(ttlS) * 1000 ? undefined : s3Error("AccessDenied");
}

/** The file, or the part of it that `Range` asks for: players seek, and some refuse a server that cannot. */
export function serveVideo(video: Buffer, range: string | undefined): Answer {
  const headers = { "content-type": "video/mp4", "accept-ranges": "bytes" };
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
  if (first === "" && last === "") return send(200, headers, video);
  const start = first === "" ? Math.max(0, video.length - Number(last)) : Number(first);
  const end = first === "" || last === "" ? video.length - 1 : Math.min(Number(last), video.length - 1);
  if (start > end) return send(416, { ...headers, "content-range": `bytes */${video.length}` }, "");
  const contentRange = `bytes ${start}-${end}/${video.length}`;
  return send(206, { ...headers, "content-range": contentRange }, video.subarray(start, end + 1));
}

export function s3Error(code: keyof typeof s3Errors): Answer {
  const { status, message } = s3Errors[code];
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return send(status, { "content-type": "application/xml" }, body);
}

function signature(fileId: string, date: string, ttlS: string, key: Buffer): string {
  return createHmac("sha256", key).update(`${fileId}\n${date}\n${ttlS}`).digest("hex");
}

/** 2026-01-02T03:04:05.678Z -> 20260102T030405Z */
function amzDate(at: number): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
}

function parseAmzDate(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
