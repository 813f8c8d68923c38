/**
 * The way out through a CONNECT proxy of the operator's, WEBHOOK_EGRESS_PROXY. It is told addresses that were judged here,
 * never a name: what it would make of a name is nobody's to know, and a second lookup could be answered otherwise.
 *
 * Whose fault it is when there is no tunnel decides whether an attempt is spent: the proxy's own is `egress_error`.
 */
import { request as requestHttp, type IncomingHttpHeaders, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import { isIPv6, type Socket } from "node:net";
import { startTimeLimit, type TimeLimit } from "./time-limit.ts";
import { SendError, type SendErrorCode } from "./send-error.ts";

export interface Egress {
  /**
   * A connection to the first of the addresses that the proxy reaches, with a listener for its errors. Rejects with the
   * SendError that says whose fault it is.
   */
  openTunnel(addresses: readonly string[], port: number, limit: TimeLimit): Promise<Socket>;
}

export interface EgressOptions {
  /** WEBHOOK_EGRESS_PROXY: http or https, with a user and a password perhaps. */
  proxy: URL;
  /** WEBHOOK_TIMEOUT_MS. The proxy has to answer within three quarters of it, or the attempt's own time would be up first. */
  timeoutMs: number;
  /** Certificates to trust in place of Node's own, PEM. */
  ca?: string | undefined;
}

export function createEgress({ proxy, timeoutMs, ca }: EgressOptions): Egress {
  const ask = createAsker(proxy, ca);
  /** When the proxy last did its work, for whomever: it opened a tunnel, or said what is wrong with the target. */
  let workedAt = -Infinity;

  async function openTunnel(addresses: readonly string[], port: number, limit: TimeLimit): Promise<Socket> {
    const startedAt = performance.now();
    const until = startedAt + timeoutMs * 0.75;
    let failure = new SendError("timeout");
    for (const [index, address] of addresses.entries()) {
      const leftMs = until - performance.now();
      if (leftMs <= 0) break;
      // A proxy may have no route to one family of addresses: each gets an equal share of what is left.
      const shareMs = leftMs / (addresses.length - index);
      const answer = await answerWithin(shareMs, limit, (signal) => ask(authorityOf(address, port), signal));
      const found = answer instanceof SendError ? answer : judge(answer);
      if (!(found instanceof SendError)) return found;
      failure = found;
    }
    throw failure.code === "timeout" ? silenceSince(startedAt) : failure;
  }

  /** The tunnel, or why the next address may fare better. */
  function judge({ status, headers, socket }: Answer): Socket | SendError {
    const code = faultOf(status, headers);
    if (code !== "egress_error") workedAt = performance.now();
    if (code === null) return socket;
    socket.destroy();
    const fault = new SendError(code, { cause: new Error(`the egress proxy answered ${status}`) });
    if (code === "connection_failed") return fault;
    throw fault;
  }

  /** A receiver that swallows SYNs and a proxy that stands still look the same, unless the proxy has worked for others. */
  function silenceSince(startedAt: number): SendError {
    const now = performance.now();
    if (workedAt > now - (now - startedAt) / 2) return new SendError("timeout");
    return new SendError("egress_error", { cause: new Error("the egress proxy did not answer in time") });
  }

  return { openTunnel };
}

type Answer = { status: number; headers: IncomingHttpHeaders; socket: Socket };
type Ask = (authority: string, signal: AbortSignal) => Promise<Answer>;

/** The proxy's answer; SendError `timeout` as a value when it has none in time. What fails before it is the proxy's fault. */
async function answerWithin(
  ms: number,
  limit: TimeLimit,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer | SendError> {
  const share = startTimeLimit(ms);
  try {
    return await share.race(limit.race(ask(AbortSignal.any([share.signal, limit.signal]))));
  } catch (cause) {
    if (!(cause instanceof SendError)) throw new SendError("egress_error", { cause });
    if (limit.signal.aborted) throw cause;
    return cause;
  } finally {
    share.clear();
  }
}

function createAsker(proxy: URL, ca: string | undefined): Ask {
  const open = proxy.protocol === "https:" ? requestHttps : requestHttp;
  const common = { ...optionsOf(proxy), ca, method: "CONNECT", agent: false };
  return (authority, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const request = open({ ...common, path: authority, signal });
    // Only now, for TLS with the proxy takes its name from the Host header that a request is made with.
    request.setHeader("host", authority);
    request.on("error", reject);
    request.on("connect", ({ statusCode: status = 0, headers }, socket, head) => {
      socket.on("error", () => undefined);
      socket.setNoDelay(true).setKeepAlive(true);
      if (head.length > 0) socket.unshift(head);
      resolve({ status, headers, socket });
    });
    request.end();
    return promise;
  };
}

function optionsOf({ hostname, port, username, password }: URL): RequestOptions {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const credentials = `Basic ${Buffer.from(user).toString("base64")}`;
  return {
    host,
    ...(port === "" ? {} : { port }),
    headers: user === ":" ? {} : { "proxy-authorization": credentials },
  };
}

const authorityOf = (address: string, port: number): string =>
  isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;

/** Null: the tunnel is open. Two proxies have answers of their own for what others say with 403 and 502. */
function faultOf(status: number, headers: IncomingHttpHeaders): SendErrorCode | null {
  if (status >= 200 && status < 300) return null;
  if (status === 403 || (status === 407 && "x-smokescreen-error" in headers)) return "target_forbidden";
  if (status === 502 || status === 504) return "connection_failed";
  const squid = String(headers["x-squid-error"]);
  return status === 503 && /^ERR_CONNECT_FAIL\b/.test(squid) ? "connection_failed" : "egress_error";
}
