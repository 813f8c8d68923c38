import { isIPv4, isIPv6 } from "node:net";

/** An IP address as a number, so that ranges are compared by value and not by spelling. */
export interface Address {
  family: 4 | 6;
  value: bigint;
}

/** All addresses that share the first `prefix` bits of `base`. */
export interface Cidr {
  base: Address;
  /** 0..32 for family 4, 0..128 for family 6. */
  prefix: number;
}

/**
 * Reads an IP address in the forms that sockets and resolvers give. An IPv4-mapped one (`::ffff:a.b.c.d`) comes back as
 * the IPv4 address that the kernel would dial. Anything else is null, also a zone (`fe80::1%eth0`): it only makes sense
 * on the local link.
 */
export function parseAddress(text: string): Address | null {
  if (isIPv4(text)) return { family: 4, value: v4Value(text) };
  if (!isIPv6(text) || text.includes("%")) return null;
  const value = v6Value(text);
  return value >> 32n === 0xffffn ? { family: 4, value: value & 0xffff_ffffn } : { family: 6, value };
}

/** Reads `address/prefix`; bits after the prefix are ignored, as in `ip addr`. Null when it is anything else. */
export function parseCidr(text: string): Cidr | null {
  const [, address = "", bits = ""] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const base = parseAddress(address);
  const prefix = Number(bits);
  if (base === null || bits === "" || prefix > bitsOf(base)) return null;
  return { base, prefix };
}

export function isInside(range: Cidr, { family, value }: Address): boolean {
  if (range.base.family !== family) return false;
  const rest = BigInt(bitsOf(range.base) - range.prefix);
  return value >> rest === range.base.value >> rest;
}

/** True for a /32 or /128: somebody meant exactly this machine. */
export function isSingleHost(range: Cidr): boolean {
  return range.prefix === bitsOf(range.base);
}

function bitsOf({ family }: Address): number {
  return family === 4 ? 32 : 128;
}

function v4Value(text: string): bigint {
  return text.split(".").reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function v6Value(text: string): bigint {
  const [head = "", tail] = text.split("::");
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0n);
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | group, 0n);
}

function groupsOf(text: string): bigint[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [BigInt(`0x${group}`)];
    const dotted = v4Value(group);
    return [dotted >> 16n, dotted & 0xffffn];
  });
}
