/** Errors as the caller sees them: RFC 9457 problem+json, from one catalogue of codes. */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";

import { NewerRecordError, UnreadableRecordError } from "../shared/store/record.ts";
import { isReadable, isUnavailable } from "../shared/store/redis.ts";
import { tellUnreadable } from "./tell-unreadable.ts";
import { announceLimit } from "./http/limit-headers.ts";
import type { Limit } from "./http/limit-headers.ts";

export const problems = {
  malformed: { status: 400, title: "The request cannot be read" },
  idempotency_key_required: { status: 400, title: "An Idempotency-Key is required" },
  idempotency_key_invalid: { status: 400, title: "The Idempotency-Key is not valid" },
  unauthorized: { status: 401, title: "No valid API key" },
  budget_exceeded: { status: 402, title: "The budget does not allow that" },
  forbidden: { status: 403, title: "This key may not do that" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "The route does not know this method" },
  request_timeout: { status: 408, title: "The request did not arrive in time" },
  conflict: { status: 409, title: "The job's state does not allow that" },
  endpoint_deleted: { status: 409, title: "The endpoint is deleted" },
  endpoint_disabled: { status: 409, title: "The endpoint is disabled" },
  rotated_too_often: { status: 409, title: "Too many secrets that were replaced still sign" },
  too_many_endpoints: { status: 409, title: "There are as many webhook endpoints as a tenant may have" },
  test_under_way: { status: 409, title: "A test of an endpoint is under way" },
  gone: { status: 410, title: "It is no longer there" },
  too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "The body must be application/json" },
  invalid: { status: 422, title: "The request is not valid" },
  idempotency_key_reused: { status: 422, title: "The Idempotency-Key belongs to another request" },
  rate_limited: { status: 429, title: "Too many requests" },
  too_many_queued: { status: 429, title: "Too many jobs are queued", retryAfterS: 10 },
  too_many_open: { status: 429, title: "Too many waits and streams are open", retryAfterS: 10 },
  headers_too_large: { status: 431, title: "The URL or the headers are too large" },
  internal: { status: 500, title: "Something went wrong on our side" },
  record_unreadable: {
    status: 500,
    title: "A record cannot be understood until the operator has repaired it",
  },
  memory_full: { status: 503, title: "There is no room for new jobs", retryAfterS: 30 },
  unavailable: { status: 503, title: "The queue cannot be reached", retryAfterS: 2 },
  encryption_key_missing: {
    status: 503,
    title: "This installation cannot keep the secrets of webhook endpoints",
    retryAfterS: 60,
  },
  upstream_unavailable: { status: 504, title: "Novita could not be asked in time", retryAfterS: 30 },
} satisfies Record<string, Entry>;

/** `retryAfterS`: when it may be worth another try. */
type Entry = { status: number; title: string; retryAfterS?: number };

export type ProblemCode = keyof typeof problems;

/** One fault of the input: where it is (JSON Pointer into the body, or a parameter's name) and what would be right. */
export type Fault = { pointer?: string; parameter?: string; detail: string };

type Extra = {
  errors?: Fault[];
  job_id?: string;
  job_status?: string;
  retried_by?: string;
  possible_at?: string;
};

/** An answer other than the one that the caller hoped for. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly extra: Extra;
  /** The limit that is reached, if it is one. */
  readonly limit: Limit | null;
  constructor(code: ProblemCode, detail: string, extra: Extra = {}, limit: Limit | null = null) {
    super(detail);
    this.name = "Problem";
    this.code = code;
    this.extra = extra;
    this.limit = limit;
  }
}

/** Input that does not fit its schema, with every fault. */
export class InvalidInput extends Error {
  readonly issues: z.core.$ZodIssue[];
  readonly part: string;
  constructor(part: string, issues: z.core.$ZodIssue[]) {
    super(`The ${part} is not valid.`);
    this.name = "InvalidInput";
    this.part = part;
    this.issues = issues;
  }
}

/** Answers any error; only what nobody foresaw is logged as one. */
export function answerError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply) {
  const problem = asProblem(error);
  if (problem.code === "internal") request.log.tell("request.failed", { err: error });
  if (error instanceof UnreadableRecordError) tellUnreadable(request.log, error);
  return sendProblem(problem, request, reply);
}

export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply) {
  const { status, retryAfterS }: Entry = problems[problem.code];
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="onetake"');
  if (retryAfterS !== undefined) reply.header("retry-after", retryAfterS);
  if (problem.limit) announceLimit(reply, problem.limit);
  return reply
    .code(status)
    .header("content-type", "application/problem+json")
    .serializer((body: unknown) => JSON.stringify(body))
    .send({ ...describe(problem.code, problem.message), request_id: request.id, ...problem.extra });
}

/** RFC 9457's members, and the code. */
function describe(code: ProblemCode, detail: string) {
  const { status, title } = problems[code];
  return { type: `urn:onetake:problem:${code}`, title, status, code, detail };
}

/** What is no HTTP never becomes a request, so it is answered by hand. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, detail] = clientProblems[error.code ?? ""] ?? notHttp;
  const { status } = problems[code];
  const body = JSON.stringify(describe(code, detail));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Connection: close",
    "Content-Type: application/problem+json",
    `Content-Length: ${body.length}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** Node's own refusals, by their codes. */
const clientProblems: Record<string, [ProblemCode, string]> = {
  HPE_HEADER_OVERFLOW: ["headers_too_large", "The URL and the headers may have at most 16 KiB."],
  ERR_HTTP_REQUEST_TIMEOUT: ["request_timeout", "The request has not arrived in full in time."],
};
const notHttp: [ProblemCode, string] = ["malformed", "This is no HTTP request that we can read."];

/** Fastify's own refusals, by their codes. */
const fastifyProblems: Record<string, [ProblemCode, string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ["too_large", "The body may have at most 65536 bytes."],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ["unsupported_media_type", "Send application/json."],
  FST_ERR_CTP_INVALID_JSON_BODY: [
    "malformed",
    "The body is not valid JSON, or it names __proto__ or constructor.prototype.",
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ["malformed", "The body's size differs from Content-Length."],
  FST_ERR_BAD_URL: ["malformed", "The URL is not valid."],
  FST_STATIC_FORBIDDEN_PATH: ["not_found", "There is no such file."],
};

/** Redis refuses a write before it has done any part of it. */
const NO_WRITES =
  "Redis takes no writes now: it has no memory left, its disk is full, or a replica is missing. Nothing was changed.";

function asProblem(error: FastifyError | Error): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof InvalidInput) return invalidProblem(error);
  if (error instanceof UnreadableRecordError) return unreadableProblem(error);
  if (isReadable(error)) return new Problem("unavailable", NO_WRITES);
  if (isUnavailable(error)) return new Problem("unavailable", "Redis does not answer. Try again shortly.");
  const [code, detail] = fastifyProblems["code" in error ? error.code : ""] ?? [];
  if (code && detail) return new Problem(code, detail);
  if ("statusCode" in error && error.statusCode === 400) return new Problem("malformed", error.message);
  return new Problem(
    "internal",
    "The request failed. Nothing was changed unless the answer to a repeat says so.",
  );
}

/** Another process of the API may be of the newer version already. */
const unreadableProblem = (error: UnreadableRecordError): Problem =>
  error instanceof NewerRecordError
    ? new Problem(
        "unavailable",
        "A newer version that is being rolled out has written this. Try again shortly.",
      )
    : new Problem("record_unreadable", "Nothing was changed. The operator has been told.");

const invalidProblem = ({ part, issues }: InvalidInput): Problem =>
  invalidBecause(issues.flatMap((issue) => faultsOf(part, issue)));

/** Input that cannot be accepted, with every fault. */
export function invalidBecause(errors: Fault[]): Problem {
  const count = errors.length === 1 ? "1 fault" : `${errors.length} faults`;
  return new Problem("invalid", `${count}: see errors.`, { errors });
}

/** A fault for each unknown field; for everything else the schema's own words. */
function faultsOf(part: string, issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      ...place(part, [...issue.path, key]),
      detail: part === "body" ? "This field is not known." : "This parameter is not known.",
    }));
  }
  if (issue.code === "invalid_key") {
    return issue.issues.map(({ message }) => ({
      ...place(part, issue.path),
      detail: `the name ${message}`,
    }));
  }
  return [{ ...place(part, issue.path), detail: issue.message }];
}

/** A parameter that comes several times is one list with a fault somewhere. */
const place = (part: string, path: PropertyKey[]): Fault | Omit<Fault, "detail"> =>
  part === "body" ? { pointer: toPointer(path) } : { parameter: String(path[0]) };

/** RFC 6901. */
export const toPointer = (path: PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
