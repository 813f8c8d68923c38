/**
 * The only way from a webhook to the network. It judges three things against the address policy: the address written in
 * the URL, every address that the name resolves to, and the address of the socket once it stands, before a byte of TLS
 * or HTTP goes out. The name is resolved once for each connection and the socket gets the answer that was judged, so a
 * name that changes its mind in between (DNS rebinding) changes nothing.
 *
 * With an egress proxy nothing changes but the last of the three: the socket ends at the proxy, which was told the address
 * that was judged.
 *
 * `net.connect({ blockList })` would be no substitute: `tls.connect` ignores it.
 */
import { once } from "node:events";
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { callbackify } from "node:util";
import type { buildConnector } from "undici";
import { isLocalhost, LOOPBACK_ADDRESSES, type AddressPolicy } from "../shared/webhook/guard.ts";
import type { Egress } from "./egress.ts";
import { createLookup, type Lookup } from "./look-up.ts";
import { startTimeLimit, type TimeLimit } from "./time-limit.ts";
import { SendError } from "./send-error.ts";

export interface ConnectorOptions {
  policy: AddressPolicy;
  /** From the lookup to the end of the TLS handshake. */
  timeoutMs: number;
  /** By default the DNS. */
  lookup?: Lookup | undefined;
  /** Certificates to trust in place of Node's own, PEM. */
  ca?: string | undefined;
  /** The operator's proxy, if everything is to go through one. */
  egress?: Egress | undefined;
}

/** A connector for undici's dispatchers; fails with the codes of `SEND_ERRORS`, or those of `node:net`. */
export function createConnector(options: ConnectorOptions): buildConnector.connector {
  const open = callbackify((target: buildConnector.Options) => openConnection(target, options));
  return (target, callback) => {
    open(target, (error, socket) => (error === null ? callback(null, socket) : callback(error, null)));
  };
}

type Protocol = "http:" | "https:";

async function openConnection(target: buildConnector.Options, options: ConnectorOptions): Promise<Socket> {
  const protocol = target.protocol === "http:" ? "http:" : "https:";
  const port = Number(target.port || (protocol === "http:" ? 80 : 443));
  const limit = startTimeLimit(options.timeoutMs);
  try {
    const addresses = await vetAddresses(target.hostname, protocol, options, limit);
    const socket = options.egress
      ? await options.egress.openTunnel(addresses, port, limit)
      : vetPeer(await dial(target.hostname, port, addresses, limit), protocol, options.policy);
    return cutFloods(
      protocol === "http:" ? socket : await startTls(socket, target.hostname, options.ca, limit),
    );
  } finally {
    limit.clear();
  }
}

/** The addresses that may be dialled; one forbidden among them condemns the name, for it is under hostile control. */
async function vetAddresses(
  hostname: string,
  protocol: Protocol,
  { policy, lookup = createLookup({ asksSystem: policy.allowsHttp }) }: ConnectorOptions,
  limit: TimeLimit,
): Promise<string[]> {
  if (isLocalhost(hostname)) return allowedLoopback(protocol, policy);
  const addresses = isIP(hostname) === 0 ? await limit.race(resolve(hostname, lookup)) : [hostname];
  if (!addresses.every((address) => policy.isAllowed(address, protocol)))
    throw new SendError("target_forbidden");
  return addresses;
}

/** Not judged all together: who opened 127.0.0.1 only means `localhost` to work, though it stands for ::1 too. */
function allowedLoopback(protocol: Protocol, policy: AddressPolicy): string[] {
  const allowed = LOOPBACK_ADDRESSES.filter((address) => policy.isAllowed(address, protocol));
  if (allowed.length === 0) throw new SendError("target_forbidden");
  return allowed;
}

async function resolve(hostname: string, lookup: Lookup): Promise<string[]> {
  try {
    const addresses = await lookup(hostname);
    if (addresses.length > 0) return addresses;
  } catch (cause) {
    throw new SendError("dns_error", { cause });
  }
  throw new SendError("dns_error");
}

async function dial(host: string, port: number, addresses: string[], limit: TimeLimit): Promise<Socket> {
  const answer = addresses.map((address) => ({ address, family: isIP(address) }));
  const lookup: LookupFunction = (_hostname, _options, callback) => callback(null, answer);
  return untilReady(
    connectTcp({
      host,
      port,
      lookup,
      autoSelectFamily: true,
      // Node gives each address but the last 250 ms, which a distant receiver with several may need.
      autoSelectFamilyAttemptTimeout: 1_000,
      keepAlive: true,
      noDelay: true,
    }),
    "connect",
    limit,
  );
}

function vetPeer(socket: Socket, protocol: Protocol, policy: AddressPolicy): Socket {
  const peer = socket.remoteAddress;
  if (peer !== undefined && policy.isAllowed(peer, protocol)) return socket;
  socket.destroy();
  // A peer that has gone already has no address left to judge.
  throw new SendError(peer === undefined ? "connection_reset" : "target_forbidden");
}

async function startTls(
  socket: Socket,
  host: string,
  ca: string | undefined,
  limit: TimeLimit,
): Promise<TLSSocket> {
  // SNI carries names only, without the root's dot (RFC 6066, section 3); an address is checked against `host`.
  const servername = isIP(host) === 0 ? host.replace(/\.$/, "") : "";
  try {
    const secured = connectTls({ socket, host, servername, ca, ALPNProtocols: ["http/1.1"] });
    return await untilReady(secured, "secureConnect", limit);
  } catch (cause) {
    socket.destroy();
    throw cause instanceof SendError ? cause : new SendError("tls_error", { cause });
  }
}

/** What may come in answer to one request, in bytes: far more than its head and what is read of its body. */
const MOST_ANSWERED = 1024 * 1024;
const FLOOD_LOOK_MS = 100;

/**
 * Some of what a receiver can send counts as neither head nor body, such as interim answers and extensions of chunks. Without an
 * end it would keep this process busy with parsing for the whole of an attempt.
 */
function cutFloods(socket: Socket): Socket {
  let asked = socket.bytesWritten;
  let answeredFrom = socket.bytesRead;
  const look = (): void => {
    if (socket.bytesWritten !== asked) {
      asked = socket.bytesWritten;
      answeredFrom = socket.bytesRead;
    } else if (socket.bytesRead - answeredFrom > MOST_ANSWERED) {
      socket.destroy(new SendError("protocol_error"));
    }
  };
  const timer = setInterval(look, FLOOD_LOOK_MS).unref();
  socket.once("close", () => clearInterval(timer));
  return socket;
}

/** The socket comes back with a listener for its errors: one may be due before undici listens, and would end the process. */
async function untilReady<S extends Socket>(
  socket: S,
  event: "connect" | "secureConnect",
  limit: TimeLimit,
): Promise<S> {
  socket.on("error", () => undefined);
  try {
    await limit.race(once(socket, event));
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
