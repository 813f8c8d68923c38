import { BlockList, isIP } from "node:net";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isInside, isSingleHost, parseAddress, parseCidr } from "../../../src/shared/webhook/address.ts";

const ipV6 = fc
  .array(fc.nat(0xffff), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((group) => group.toString(16)).join(":"));

test.each([
  ["0.0.0.0", { family: 4, value: 0n }],
  ["1.2.3.4", { family: 4, value: 0x01020304n }],
  ["::", { family: 6, value: 0n }],
  ["::1", { family: 6, value: 1n }],
  ["2001:db8::", { family: 6, value: 0x20010db8n << 96n }],
  ["2001:DB8:0:0:0:0:0:1", { family: 6, value: (0x20010db8n << 96n) | 1n }],
  ["64:ff9b::10.0.0.1", { family: 6, value: (0x64ff9bn << 96n) | 0x0a000001n }],
  ["::ffff:10.0.0.1", { family: 4, value: 0x0a000001n }],
  ["0:0:0:0:0:ffff:a00:1", { family: 4, value: 0x0a000001n }],
])("%s -> its number", (text, address) => {
  expect(parseAddress(text)).toEqual(address);
});

test.each([
  "",
  "localhost",
  "1.2.3",
  "01.2.3.4",
  "1.2.3.4.",
  "[::1]",
  "fe80::1%eth0",
  "::ffff:7f00:1%lo",
  "1:2",
  " ::1",
])("%j is no address -> null", (text) => {
  expect(parseAddress(text)).toBeNull();
});

test.each([
  "10.0.0.0",
  "10.0.0.0/33",
  "::/129",
  "10.0.0.0/",
  "/8",
  "10.0.0.0/-1",
  "10.0.0.0/8 ",
  "10/8",
  "::ffff:10.0.0.0/104",
  "localhost/8",
])("%j is no range -> null", (text) => {
  expect(parseCidr(text)).toBeNull();
});

test("bits after the prefix -> ignored", () => {
  const range = parseCidr("127.0.0.1/8");
  const address = parseAddress("127.9.9.9");
  expect(range !== null && address !== null && isInside(range, address)).toBe(true);
});

test.each([
  ["10.0.0.5/32", true],
  ["::1/128", true],
  ["10.0.0.4/31", false],
  ["::/32", false],
])("%s is a single host -> %s", (text, isSingle) => {
  const range = parseCidr(text);
  expect(range !== null && isSingleHost(range)).toBe(isSingle);
});

test("any IPv4 address and range -> the verdict of net.BlockList", () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), fc.nat(32), (base, address, prefix) => {
      expect(verdict(base, prefix, address)).toBe(blockListVerdict(base, prefix, address, "ipv4"));
      expect(verdict(base, prefix, base)).toBe(true);
    }),
  );
});

test("any IPv6 address and range -> the verdict of net.BlockList", () => {
  fc.assert(
    fc.property(ipV6, ipV6, fc.nat(128), (base, address, prefix) => {
      expect(verdict(base, prefix, address)).toBe(blockListVerdict(base, prefix, address, "ipv6"));
      expect(verdict(base, prefix, base)).toBe(true);
    }),
  );
});

test("any spelling of an IPv6 address -> one number", () => {
  fc.assert(
    fc.property(ipV6, (text) => {
      const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
      expect(parseAddress(canonical)).toEqual(parseAddress(text));
    }),
  );
});

test("any text -> an address exactly when Node says so", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV4Extended(), fc.ipV6()), (text) => {
      expect(parseAddress(text) !== null).toBe(isIP(text) !== 0 && !text.includes("%"));
    }),
  );
});

function verdict(base: string, prefix: number, address: string): boolean {
  const range = parseCidr(`${base}/${prefix}`);
  const parsed = parseAddress(address);
  return range !== null && parsed !== null && isInside(range, parsed);
}

function blockListVerdict(base: string, prefix: number, address: string, family: "ipv4" | "ipv6"): boolean {
  const list = new BlockList();
  list.addSubnet(base, prefix, family);
  return list.check(address, family);
}
