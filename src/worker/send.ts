/**
 * One attempt to hand an event to a receiver: one POST within one time limit, from the DNS lookup to the last byte that we
 * care to read. The status line alone decides; whatever the body does afterwards (drips, breaks off, never ends) changes
 * nothing. Redirects are never followed. Whatever a receiver or the network does comes back as a value.
 */
import { request, type Dispatcher } from "undici";
import { checkWebhookUrl, type AddressPolicy } from "../shared/webhook/guard.ts";
import { createConnector } from "./connector.ts";
import { createEgress } from "./egress.ts";
import type { Lookup } from "./look-up.ts";
import { createPools, type Pools } from "./pools.ts";
import { startTimeLimit } from "./time-limit.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { sendErrorCode, type SendErrorCode } from "./send-error.ts";
import { readSnippet } from "./snippet.ts";

export interface Outgoing {
  url: string;
  /** All headers but those of the connection and the body's length. */
  headers: Record<string, string>;
  body: Buffer;
  /** What of it no snippet may show. */
  hidden?: readonly string[];
  /** What a date in a Retry-After is compared with, in epoch ms; the process' own clock, if it is not said, may be wrong. */
  now?: () => number;
}

export interface Attempt {
  /** The answer was 2xx. */
  delivered: boolean;
  /** The answer's status; null when its head never came. */
  status: number | null;
  /** Null exactly when delivered. `egress_error`: it never came as far as an attempt, and must not count as one. */
  errorCode: SendErrorCode | null;
  durationMs: number;
  /** What the answer's Retry-After asks for, 0 to seven days; null when delivered or not asked. */
  retryAfterMs: number | null;
  /** The answer's beginning as plain text, at most 1 KiB; null when there is none, and always for a forbidden target. */
  snippet: string | null;
}

export interface Sender {
  /** Rejects only for a bug of ours: a header that is none, or a sender that is closed. */
  send(outgoing: Outgoing): Promise<Attempt>;
  /** Lets attempts under way finish, then closes all connections. */
  close(): Promise<void>;
}

export interface SenderOptions {
  policy: AddressPolicy;
  /** WEBHOOK_TIMEOUT_MS: the whole of one attempt. */
  timeoutMs: number;
  /** By default the DNS. */
  lookup?: Lookup;
  /** Certificates to trust in place of Node's own, PEM. */
  ca?: string;
  /** WEBHOOK_EGRESS_PROXY: everything goes through it. */
  egressProxy?: URL | undefined;
  /** Hears of each fault of the proxy itself; its `cause` says which. */
  onEgressError?: (error: Error) => void;
  /** Origins with connections kept open. */
  maxOrigins?: number;
}

export function createSender(options: SenderOptions): Sender {
  const { policy, timeoutMs, lookup, ca, egressProxy: proxy, maxOrigins = 256 } = options;
  const egress = proxy && createEgress({ proxy, timeoutMs, ca });
  const connect = createConnector({ policy, timeoutMs, lookup, ca, egress });
  const pools = createPools({ ...POOL_OPTIONS, connect }, maxOrigins);
  return {
    send: async (outgoing) => {
      const startedAt = performance.now();
      const result = await attempt(outgoing, { ...options, post: postVia(pools) });
      return { ...result, durationMs: Math.round(performance.now() - startedAt) };
    },
    close: () => pools.close(),
  };
}

/**
 * Our own time limit covers what undici's timers do not (its body timer only counts silence), so they are off. HTTP/2 is
 * off because undici would probe for it, one connection at a time. An idle connection lives shortly whatever its server
 * promises: a POST on one that has just died fails, and is only tried again by the schedule.
 */
const POOL_OPTIONS = {
  allowH2: false,
  connections: 64,
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: 4_000,
  keepAliveMaxTimeout: 10_000,
  maxHeaderSize: 16_384,
} as const;

type Result = Omit<Attempt, "durationMs">;
type Post = (url: URL, outgoing: Outgoing, signal: AbortSignal) => Promise<Dispatcher.ResponseData>;

type AttemptOptions = Pick<SenderOptions, "policy" | "timeoutMs" | "onEgressError"> & { post: Post };

async function attempt(
  outgoing: Outgoing,
  { policy, timeoutMs, post, onEgressError }: AttemptOptions,
): Promise<Result> {
  const target = checkWebhookUrl(outgoing.url, policy);
  if (!target.ok) return unanswered("target_forbidden");
  const limit = startTimeLimit(timeoutMs);
  try {
    // undici heeds the signal only once the request is on a connection; the race ends the wait before that.
    const answer = await limit.race(post(target.url, outgoing, limit.signal));
    return await judge(answer, outgoing);
  } catch (error) {
    const code = sendErrorCode(error);
    if (code === null) throw error;
    if (code === "egress_error" && error instanceof Error) onEgressError?.(error);
    return unanswered(code);
  } finally {
    limit.clear();
  }
}

function postVia(pools: Pools): Post {
  return (url, { headers, body }, signal) =>
    request(url, { method: "POST", headers, body, signal, dispatcher: pools.poolOf(url.origin) });
}

async function judge(
  { statusCode: status, headers, body }: Dispatcher.ResponseData,
  { hidden, now = Date.now }: Outgoing,
): Promise<Result> {
  const errorCode = codeOfStatus(status);
  const isPlain = headers["content-encoding"] === undefined;
  const snippet = await readSnippet(body, hidden);
  return {
    delivered: errorCode === null,
    status,
    errorCode,
    retryAfterMs: errorCode === null ? null : retryAfterOf(headers["retry-after"], now()),
    // Never inflated: a small compressed answer can be a huge one.
    snippet: isPlain ? snippet : null,
  };
}

function codeOfStatus(status: number): SendErrorCode | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return "redirect";
  return status === 410 ? "gone" : "http_error";
}

function retryAfterOf(header: string | string[] | undefined, nowMs: number): number | null {
  const value = Array.isArray(header) ? header[0] : header;
  return value === undefined ? null : parseRetryAfter(value, nowMs);
}

function unanswered(errorCode: SendErrorCode): Result {
  return { delivered: false, status: null, errorCode, retryAfterMs: null, snippet: null };
}
