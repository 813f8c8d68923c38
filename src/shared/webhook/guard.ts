import { networkInterfaces } from "node:os";
import { isInside, isSingleHost, parseAddress, parseCidr, type Address, type Cidr } from "./address.ts";

export { parseCidr } from "./address.ts";

/**
 * Decides which addresses a webhook may reach. A tenant chooses the URL, so whatever the policy lets through, a tenant
 * can make this machine POST to.
 */
export interface AddressPolicy {
  /** Plain http exists only inside the ranges of WEBHOOK_ALLOW_CIDRS, so not at all while there are none. */
  allowsHttp: boolean;
  /** False for everything that is not known to be harmless, and so for text that is no address. */
  isAllowed(address: string, protocol: "http:" | "https:"): boolean;
}

export interface AddressPolicyOptions {
  /** WEBHOOK_ALLOW_CIDRS, each accepted by `parseCidr`. */
  allowCidrs: string[];
  /** This machine's addresses at this moment; by default those of its network interfaces. */
  ownAddresses?: () => string[];
}

export type WebhookUrlCheck = { ok: true; url: URL } | { ok: false; message: string };

const MAX_URL_LENGTH = 2048;
const MAX_HOST_LENGTH = 255;

/** One text for every forbidden target: a better one would let a tenant map the network behind us. */
const NOT_ALLOWED = "target address is not allowed: use a public host";

/**
 * Checks a webhook's URL as a tenant gave it: all that can be known without DNS. It is not the defence by itself (a name
 * may point anywhere, and elsewhere tomorrow): the worker's connector judges each address that it dials.
 *
 * `message` says what is wrong and what would be right; it is meant for the tenant.
 */
export function checkWebhookUrl(raw: string, policy: AddressPolicy): WebhookUrlCheck {
  const message = faultOfText(raw);
  if (message !== null) return { ok: false, message };
  const url = URL.parse(raw);
  if (url === null) return { ok: false, message: "not a valid URL: use an absolute one, https://host/path" };
  const protocol = protocolOf(url);
  if (protocol === null || (protocol === "http:" && !policy.allowsHttp)) {
    return { ok: false, message: "the URL must begin with https://" };
  }
  const fault = faultOfAuthority(url) ?? faultOfTarget(url.hostname, protocol, policy);
  return fault === null ? { ok: true, url } : { ok: false, message: fault };
}

/** The policy for WEBHOOK_ALLOW_CIDRS; throws on a range that `parseCidr` refuses. */
export function createAddressPolicy({
  allowCidrs,
  ownAddresses = interfaceAddresses,
}: AddressPolicyOptions): AddressPolicy {
  const opened = allowCidrs.map(cidr);
  return {
    allowsHttp: opened.length > 0,
    isAllowed(text, protocol) {
      const address = parseAddress(text);
      if (address === null) return false;
      if (opened.some((range) => opens(range, address))) return true;
      return (
        protocol === "https:" && isPublic(address) && !ownAddresses().some((own) => isSame(own, address))
      );
    },
  };
}

/** `localhost` and all names below it are this machine, whatever DNS says (RFC 6761, section 6.3). */
export function isLocalhost(hostname: string): boolean {
  return /(^|\.)localhost\.?$/i.test(hostname);
}

/** What `localhost` stands for, without asking DNS. */
export const LOOPBACK_ADDRESSES = ["127.0.0.1", "::1"] as const;

/** `URL` strips tabs and line ends and turns `\` into `/`: what it parsed is then not what the tenant wrote. */
function faultOfText(raw: string): string | null {
  if (!raw.isWellFormed()) return "the URL holds half of a surrogate pair: percent-encode it";
  if (raw.length > MAX_URL_LENGTH) return `the URL is too long: use at most ${MAX_URL_LENGTH} characters`;
  // oxlint-disable-next-line no-control-regex
  if (/[\x00-\x20\x7f\\]/.test(raw)) {
    return "the URL contains a space, a control character or a backslash: percent-encode it";
  }
  return null;
}

function protocolOf({ protocol }: URL): "http:" | "https:" | null {
  return protocol === "https:" || protocol === "http:" ? protocol : null;
}

function faultOfAuthority({ username, password, hostname, port }: URL): string | null {
  if (username !== "" || password !== "") return "the URL contains a user or password: leave them out";
  if (hostname.length > MAX_HOST_LENGTH) return `the host is too long: use at most ${MAX_HOST_LENGTH} bytes`;
  if (port !== "" && BAD_PORTS.has(Number(port)))
    return `port ${port} is not allowed: use 443 or another web port`;
  return null;
}

function faultOfTarget(hostname: string, protocol: "http:" | "https:", policy: AddressPolicy): string | null {
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  const literals = isLocalhost(hostname)
    ? LOOPBACK_ADDRESSES
    : parseAddress(address) === null
      ? []
      : [address];
  if (literals.length === 0) return null;
  return literals.some((literal) => policy.isAllowed(literal, protocol)) ? null : NOT_ALLOWED;
}

/** A wide range must not hand out the cloud's credentials by accident: those hosts are opened one by one. */
function opens(range: Cidr, address: Address): boolean {
  return (
    isInside(range, address) && (isSingleHost(range) || !METADATA.some((host) => isInside(host, address)))
  );
}

function isPublic(address: Address): boolean {
  if (address.family === 6 && !isInside(GLOBAL_UNICAST, address)) return false;
  return !NOT_PUBLIC.some((range) => isInside(range, address));
}

function isSame(text: string, { family, value }: Address): boolean {
  const other = parseAddress(text);
  return other !== null && other.family === family && other.value === value;
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address }) => address),
  );
}

function cidr(text: string): Cidr {
  const range = parseCidr(text);
  if (range === null) throw new Error(`not an address range: ${text}`);
  return range;
}

/** Where clouds serve a machine its credentials and secrets, and the local links they live on. */
const METADATA = [
  "169.254.0.0/16",
  "168.63.129.16/32", // Azure's wire server: a public address that only works from inside
  "100.100.100.200/32", // Alibaba
  "192.0.0.192/32", // Oracle
  "fe80::/10",
  "fd00:ec2::/32", // AWS, so fd00:ec2::254
  "fd20:ce::254/128", // Google
].map(cidr);

/** The only block of IPv6 from which public addresses are given out (IANA, IPv6 address space). */
const GLOBAL_UNICAST = cidr("2000::/3");

/** IANA's special-purpose registries (RFC 6890 and its successors), and what tunnels to an embedded IPv4 address. */
const NOT_PUBLIC = [
  "0.0.0.0/8", // this network; Linux dials 0.0.0.0 as loopback
  "10.0.0.0/8", // private
  "100.64.0.0/10", // carrier-grade NAT
  "127.0.0.0/8", // loopback
  "169.254.0.0/16", // link-local
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocol assignments
  "192.0.2.0/24", // TEST-NET-1
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16", // private
  "198.18.0.0/15", // benchmarking
  "198.51.100.0/24", // TEST-NET-2
  "203.0.113.0/24", // TEST-NET-3
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // class E and broadcast
  "168.63.129.16/32", // Azure's wire server
  "2001::/23", // protocol assignments, Teredo among them
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4
  "2620:4f:8000::/48", // AS112
  "3fff::/20", // documentation
].map(cidr);

/** The Fetch standard's "bad ports" (https://fetch.spec.whatwg.org/#port-blocking): services that a POST can talk to. */
const BAD_PORTS = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);
