// What the kernel is asked to dial, over both schemes. Where the target is this machine, somebody listens there; for all
// others the proof is that no socket was opened at all.
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { createSender, type Attempt, type SenderOptions } from "../../src/worker/send.ts";
import { ssrfCases } from "../shared/webhook/ssrf-cases.ts";
import { startConnectProxy } from "./connect-proxy.ts";
import { startReceiver, tlsCert, watchDials, type Scheme } from "./receiver.ts";

const schemes: Scheme[] = ["http", "https"];
/** Opens plain http, but no address that is dialled here. */
const elsewhere = createAddressPolicy({ allowCidrs: ["198.51.100.7/32"] });
const loopback = createAddressPolicy({ allowCidrs: ["127.0.0.1/32"] });

function openSender(options: Partial<SenderOptions>) {
  const sender = createSender({ policy: elsewhere, timeoutMs: 2_000, ca: tlsCert, ...options });
  onTestFinished(() => sender.close());
  return (url: string): Promise<Attempt> => sender.send({ url, headers: {}, body: Buffer.from("{}") });
}

const blocked = ssrfCases.filter(({ expect: wanted }) => wanted === "block" || wanted === "invalid");
const literals = ssrfCases
  .filter(({ expect: wanted, dns }) => wanted === "block" && dns === undefined)
  .map(({ url }) => new URL(url).hostname.replace(/^\[(.*)\]$/, "$1"))
  .filter((hostname) => /^[\d.]+$|:/.test(hostname));
/** 127.0.0.1 and the address of the clouds' metadata, in every form that carries an IPv4 address within one of IPv6. */
const embedded = ["7f00:1", "a9fe:a9fe"].flatMap((v4) => [
  `::ffff:${v4}`,
  `::${v4}`,
  `::ffff:0:${v4}`,
  `::5efe:${v4}`,
  `fe80::5efe:${v4}`,
  `64:ff9b::${v4}`,
  `64:ff9b:1::${v4}`,
  `64:ff9b:0:1::${v4}`,
  `2002:${v4}::1`,
  `2001:0:${v4}::1`,
  `2001::${v4}`,
]);

describe.each(schemes)("over %s", (scheme) => {
  test.each(blocked)("$name -> no socket is opened", async ({ url, dns }) => {
    const dials = watchDials();
    const post = openSender({ lookup: async (hostname) => dns?.[hostname] ?? [] });
    expect(await post(url.replace(/^https:/, `${scheme}:`))).toMatchObject({ errorCode: "target_forbidden" });
    expect(dials).toEqual([]);
  });

  test.each([...new Set([...literals, ...embedded])])(
    "a name that stands for %s, alone or beside a public address -> no socket is opened, and nobody is connected to",
    async (address) => {
      const receiver = await startReceiver(scheme, (_request, response) => response.end());
      const dials = watchDials();
      const open = "198.51.100.7";
      for (const answer of [[address], [open, address], [address, open]]) {
        const post = openSender({ lookup: async () => answer });
        const attempt = await post(`${scheme}://hooks.example.com:${receiver.port}/h`);
        expect(attempt).toMatchObject({ errorCode: "target_forbidden", status: null, snippet: null });
      }
      expect(dials).toEqual([]);
      expect(receiver.sockets).toHaveLength(0);
    },
  );

  test("a name whose second answer is forbidden -> refused when it is connected to again, and never dialled", async () => {
    const receiver = await startReceiver(scheme, (_request, response) => {
      response.setHeader("connection", "close").end();
    });
    const answers = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.1"]];
    const lookup = vi.fn<(hostname: string) => Promise<string[]>>(async () => answers.shift() ?? []);
    const dials = watchDials();
    const post = openSender({ policy: loopback, lookup });
    const codes: (string | null)[] = [];
    for (let n = 0; n < 3; n += 1) {
      codes.push((await post(`${scheme}://hooks.example.com:${receiver.port}/h`)).errorCode);
    }
    expect(codes).toEqual([null, "target_forbidden", null]);
    expect(lookup).toHaveBeenCalledTimes(3);
    expect(dials).toEqual(["127.0.0.1", "127.0.0.1"]);
  });
});

describe("what is allowed", () => {
  const allowed = ssrfCases.flatMap(({ name, url, dns, dnsSequence, ...rest }) => {
    if (rest.expect !== "allow" && rest.expect !== "single-lookup") return [];
    const { hostname } = new URL(url);
    const answers = dnsSequence?.[hostname] ?? [dns?.[hostname] ?? []];
    return [{ name, url, answers, address: answers[0]?.[0] ?? hostname }];
  });

  // A proxy stands in for the network, which nothing is sent to.
  test.each(allowed)(
    "$name -> dialled at $address, with one lookup at the most",
    async ({ url, answers, address }) => {
      const proxy = await startConnectProxy(({ answer }) => answer(502));
      const left = [...answers];
      const lookup = vi.fn<(hostname: string) => Promise<string[]>>(async () => left.shift() ?? []);
      const post = openSender({ egressProxy: proxy.url, lookup });
      expect(await post(url)).toMatchObject({ errorCode: "connection_failed" });
      expect(proxy.asked.map(({ authority }) => authority)).toEqual([`${address}:443`]);
      expect(lookup.mock.calls.length).toBeLessThanOrEqual(1);
    },
  );

  test("a name without an address -> dns_error, and no socket is opened", async () => {
    const dials = watchDials();
    const empty = ssrfCases.find(({ expect: wanted }) => wanted === "dns-error");
    const post = openSender({ lookup: async () => [] });
    expect(await post(empty?.url ?? "")).toMatchObject({ errorCode: "dns_error" });
    expect(dials).toEqual([]);
  });
});
