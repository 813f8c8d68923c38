import { networkInterfaces } from "node:os";
import { isIP } from "node:net";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkWebhookUrl,
  createAddressPolicy,
  isLocalhost,
  parseCidr,
} from "../../../src/shared/webhook/guard.ts";
import { ssrfCases } from "./ssrf-cases.ts";

const closed = createAddressPolicy({ allowCidrs: [], ownAddresses: () => [] });
const isPublic = (address: string) => closed.isAllowed(address, "https:");
const check = (url: string) => checkWebhookUrl(url, closed);

describe("a webhook's URL at intake", () => {
  const refused = ssrfCases.filter(
    ({ expect: wanted, dns }) => wanted === "invalid" || (wanted === "block" && dns === undefined),
  );
  const accepted = ssrfCases.filter((ssrfCase) => !refused.includes(ssrfCase));

  test("the fixture -> sixty cases", () => {
    expect(ssrfCases).toHaveLength(60);
  });

  test.each(refused)("$name -> refused", ({ url }) => {
    expect(check(url)).toMatchObject({ ok: false });
  });

  test.each(accepted)("$name -> left to the connector", ({ url }) => {
    expect(check(url)).toMatchObject({ ok: true });
  });

  test.each([
    ["https://a.example/\u0000", /control character/],
    ["https://a.example/\tx", /control character/],
    [" https://a.example/", /space/],
    ["https://a.example/x\n", /control character/],
    ["https://a.example\u007f/", /control character/],
    [String.raw`https:\\a.example\h`, /backslash/],
    ["https://user@a.example/", /user or password/],
    ["https://:secret@a.example/", /user or password/],
    ["ftp://a.example/", /must begin with https/],
    ["javascript:alert(1)", /must begin with https/],
    ["file:///etc/passwd", /must begin with https/],
    ["http://a.example/", /must begin with https/],
    ["//a.example/", /not a valid URL/],
    ["a.example", /not a valid URL/],
    ["", /not a valid URL/],
    ["https://", /not a valid URL/],
    ["https://a.example:6000/", /port 6000 is not allowed/],
    ["https://a.example:0/", /port 0 is not allowed/],
    [`https://${"a.".repeat(130)}example/`, /host is too long/],
    [`https://a.example/${"x".repeat(2048)}`, /URL is too long/],
  ])("%j -> says what is wrong", (url, message) => {
    expect(check(url)).toEqual({ ok: false, message: expect.stringMatching(message) });
  });

  test.each([
    "https://localhost/h",
    "https://localhost./h",
    "https://a.localhost/h",
    "https://%6cocalhost/h",
    "https://ⓛocalhost/h",
    "https://loc\u00adalhost/h",
    "https://127.1/h",
    "https://①②⑦.0.0.1/h",
    "https://127。0。0。1/h",
    "https://[::127.0.0.1]/h",
    "https://[::ffff:0:127.0.0.1]/h",
    "https://[64:ff9b::a9fe:a9fe]/h",
    "https://[2001::1]/h",
    "https://[2620:4f:8000::1]/h",
    "https://[fec0::1]/h",
    "https://[ff02::1]/h",
    "https://[4000::1]/h",
    "https://[100::1]/h",
    "https://[5f00::1]/h",
    "https://168.63.129.16/h",
    "https://100.127.255.255/h",
    "https://192.88.99.1/h",
    "https://255.255.255.255/h",
    "https://239.1.2.3/h",
  ])("%s -> one message for all forbidden targets", (url) => {
    expect(check(url)).toEqual({ ok: false, message: "target address is not allowed: use a public host" });
  });

  test("exactly 2048 characters -> accepted", () => {
    const base = "https://a.example/";
    expect(check(base + "x".repeat(2048 - base.length))).toMatchObject({ ok: true });
  });

  test("a public literal, a name and a port -> the parsed URL", () => {
    const checked = check("https://Hooks.Example.com:8443/h?x=1");
    expect(checked.ok && checked.url.href).toBe("https://hooks.example.com:8443/h?x=1");
    expect(check("https://[2606:4700::1111]/h")).toMatchObject({ ok: true });
    expect(check("https://mylocalhost.example/h")).toMatchObject({ ok: true });
  });

  test("plain http with an opened range -> only into that range", () => {
    const open = createAddressPolicy({ allowCidrs: ["127.0.0.0/8"], ownAddresses: () => [] });
    const isAccepted = (url: string) => checkWebhookUrl(url, open).ok;
    expect(isAccepted("http://127.0.0.1:4000/h")).toBe(true);
    expect(isAccepted("http://localhost:4000/h")).toBe(true);
    expect(isAccepted("http://receiver.internal/h")).toBe(true);
    expect(isAccepted("http://93.184.216.34/h")).toBe(false);
    expect(isAccepted("https://93.184.216.34/h")).toBe(true);
    expect(isAccepted("http://10.0.0.1/h")).toBe(false);
  });
});

describe("the address policy", () => {
  test.each([
    ["0.0.0.0", "0.255.255.255", "1.0.0.0"],
    ["10.0.0.0", "10.255.255.255", "11.0.0.0"],
    ["100.64.0.0", "100.127.255.255", "100.128.0.0"],
    ["127.0.0.0", "127.255.255.255", "128.0.0.0"],
    ["169.254.0.0", "169.254.255.255", "169.255.0.0"],
    ["172.16.0.0", "172.31.255.255", "172.32.0.0"],
    ["192.0.0.0", "192.0.0.255", "192.0.1.0"],
    ["192.0.2.0", "192.0.2.255", "192.0.3.0"],
    ["192.88.99.0", "192.88.99.255", "192.88.100.0"],
    ["192.168.0.0", "192.168.255.255", "192.169.0.0"],
    ["198.18.0.0", "198.19.255.255", "198.20.0.0"],
    ["198.51.100.0", "198.51.100.255", "198.51.101.0"],
    ["203.0.113.0", "203.0.113.255", "203.0.114.0"],
    ["168.63.129.16", "168.63.129.16", "168.63.129.17"],
    ["2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"],
    ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"],
    ["2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"],
    ["2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:8001::"],
    ["3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"],
  ])("from %s to %s -> denied, and %s beyond it allowed", (first, last, beyond) => {
    expect([first, last, beyond].map(isPublic)).toEqual([false, false, true]);
  });

  test.each([
    ["223.255.255.255", true],
    ["224.0.0.0", false],
    ["255.255.255.255", false],
    ["1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false],
    ["2000::", true],
    ["3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true],
    ["4000::", false],
  ])("the outer edge %s -> %s", (address, isAllowed) => {
    expect(isPublic(address)).toBe(isAllowed);
  });

  test("this machine's own public address -> denied, also when mapped", () => {
    const policy = createAddressPolicy({
      allowCidrs: [],
      ownAddresses: () => ["93.184.216.34", "2606:4700::1"],
    });
    const addresses = ["93.184.216.34", "::ffff:93.184.216.34", "2606:4700:0::1", "93.184.216.35"];
    expect(addresses.map((address) => policy.isAllowed(address, "https:"))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  test("no ownAddresses given -> those of the network interfaces are denied", () => {
    const policy = createAddressPolicy({ allowCidrs: [] });
    const own = Object.values(networkInterfaces()).flatMap((addresses = []) =>
      addresses.map(({ address }) => address),
    );
    expect(own.filter((address) => policy.isAllowed(address, "https:"))).toEqual([]);
  });

  test("an opened range -> allowed for both protocols, this machine's own addresses too", () => {
    const policy = createAddressPolicy({
      allowCidrs: ["10.0.0.0/8", "fd00::/8"],
      ownAddresses: () => ["10.0.0.5"],
    });
    for (const address of ["10.0.0.5", "::ffff:10.1.1.1", "fd12::1"]) {
      expect(policy.isAllowed(address, "https:")).toBe(true);
      expect(policy.isAllowed(address, "http:")).toBe(true);
    }
    expect(policy.isAllowed("11.0.0.1", "http:")).toBe(false);
    expect(policy.isAllowed("192.168.0.1", "https:")).toBe(false);
  });

  test.each([
    "169.254.169.254",
    "169.254.170.2",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::1",
    "::ffff:169.254.169.254",
  ])("metadata host %s inside a wide opened range -> still denied", (address) => {
    const wide = createAddressPolicy({
      allowCidrs: ["0.0.0.0/0", "169.254.0.0/16", "169.254.169.254/31", "::/0"],
      ownAddresses: () => [],
    });
    expect(wide.isAllowed(address, "https:")).toBe(false);
    expect(wide.isAllowed(address, "http:")).toBe(false);
  });

  test.each([
    ["169.254.169.254/32", "169.254.169.254", "169.254.169.253"],
    ["fd00:ec2::254/128", "fd00:ec2::254", "fd00:ec2::253"],
  ])("metadata host opened as %s -> allowed, its neighbour not", (range, host, neighbour) => {
    const policy = createAddressPolicy({ allowCidrs: [range], ownAddresses: () => [] });
    expect(policy.isAllowed(host, "http:")).toBe(true);
    expect(policy.isAllowed(neighbour, "https:")).toBe(false);
  });

  test("a range that is none -> throws", () => {
    expect(parseCidr("10.0.0.0")).toBeNull();
    expect(() => createAddressPolicy({ allowCidrs: ["10.0.0.0"] })).toThrow("not an address range: 10.0.0.0");
  });

  test("any IPv4 address -> the same verdict as its IPv4-mapped forms", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        expect(isPublic(`::ffff:${address}`)).toBe(isPublic(address));
        expect(isPublic(`0:0:0:0:0:ffff:${hex}`)).toBe(isPublic(address));
      }),
    );
  });

  test("any IPv4 address behind NAT64, 6to4, ISATAP or a compatible form -> denied", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
        const sixToFour = `2002:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}::1`;
        const forms = [
          `64:ff9b::${address}`,
          `64:ff9b:1::${address}`,
          `::${address}`,
          `fe80::5efe:${address}`,
          sixToFour,
        ];
        expect(forms.filter(isPublic)).toEqual([]);
      }),
    );
  });

  test("any IPv6 address outside 2000::/3 -> denied", () => {
    const group = fc.nat(0xffff).map((value) => value.toString(16));
    const outside = fc.nat(0xffff).filter((value) => value >> 13 !== 1);
    fc.assert(
      fc.property(outside, fc.array(group, { minLength: 7, maxLength: 7 }), (first, rest) => {
        const address = [first.toString(16), ...rest].join(":");
        expect(isPublic(address) && !address.startsWith("0:0:0:0:0:ffff:")).toBe(false);
      }),
    );
  });

  test("any text that is no address -> denied, however much is opened", () => {
    const open = createAddressPolicy({ allowCidrs: ["0.0.0.0/0", "::/0"], ownAddresses: () => [] });
    fc.assert(
      fc.property(
        fc.string().filter((text) => isIP(text) === 0),
        (text) => {
          expect(open.isAllowed(text, "https:")).toBe(false);
        },
      ),
    );
    expect(open.isAllowed("2606:4700::1%eth0", "https:")).toBe(false);
  });

  test("nothing opened -> nothing is allowed over http", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        expect(closed.isAllowed(address, "http:")).toBe(false);
      }),
    );
    expect(closed.allowsHttp).toBe(false);
  });
});

test.each([
  ["localhost", true],
  ["LOCALHOST.", true],
  ["a.b.localhost", true],
  ["mylocalhost", false],
  ["localhost.example", false],
])("%s is localhost -> %s", (hostname, isLocal) => {
  expect(isLocalhost(hostname)).toBe(isLocal);
});
