/**
 * Why an attempt did not deliver: stable codes, stored in the delivery log and shown to tenants (but for `egress_error`, which
 * is nobody's attempt), so they say nothing of what is behind an address that we refused to dial.
 */
export const SEND_ERRORS = {
  target_forbidden: "the target is not one that webhooks may reach; nothing was sent",
  dns_error: "the host name has no address, or its servers failed",
  connection_refused: "the host refused the connection",
  connection_failed: "the connection failed in another way: no route, or no local port left",
  connection_reset: "the connection ended before the answer's head was complete",
  tls_error: "the TLS handshake failed: certificate, name or protocol",
  timeout: "the answer's head was not complete within WEBHOOK_TIMEOUT_MS",
  protocol_error: "the answer is not HTTP/1.1, its head is over 16 KiB, or interim answers come without end",
  redirect: "the answer was 3xx: redirects are not followed",
  gone: "the answer was 410: the receiver wants no more events",
  http_error: "the answer was neither 2xx, 3xx nor 410",
  egress_error: "the egress proxy failed before there was a way to the receiver; no attempt is spent",
  internal_error: "the sender failed before it had an answer; the worker's log says how",
} as const;

export type SendErrorCode = keyof typeof SEND_ERRORS;

/** A failure whose code is known where it happens. */
export class SendError extends Error {
  readonly code: SendErrorCode;

  constructor(code: SendErrorCode, options?: ErrorOptions) {
    super(SEND_ERRORS[code], options);
    this.name = "SendError";
    this.code = code;
  }
}

/** The code of whatever an attempt threw; null for what no peer or network can cause, which is a bug of ours. */
export function sendErrorCode(error: unknown): SendErrorCode | null {
  if (error instanceof SendError) return error.code;
  if (!(error instanceof Error)) return null;
  // undici leaves its parser's errors without a code.
  if (error.name === "HTTPParserError") return "protocol_error";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return RULES.find(([pattern]) => pattern.test(code))?.[1] ?? null;
}

/** Codes of Node's sockets, of OpenSSL and of undici (UND_ERR_); the first that fits counts, null is a bug. */
const RULES: [RegExp, SendErrorCode | null][] = [
  [/^$/, null],
  [/^(ERR_INVALID_|UND_ERR_(INVALID_|NOT_SUPPORTED$|CLOSED$|DESTROYED$|REQ_))/, null],
  [/^ECONNREFUSED$/, "connection_refused"],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, "connection_reset"],
  [/^ETIMEDOUT$/, "timeout"],
  // undici asserts that a status is 100 or more, and that a 101 was asked for.
  [/^(ERR_ASSERTION|UND_ERR_(HEADERS_OVERFLOW|RES_\w+))$/, "protocol_error"],
  [/^(ERR_SSL_|ERR_TLS_|EPROTO$)/, "tls_error"],
  [/./, "connection_failed"],
];
