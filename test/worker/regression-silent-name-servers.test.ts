import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { createLookup } from "../../src/worker/look-up.ts";
import { eventually } from "../support/eventually.ts";

const RECORD_A = 1;
/** A pointer to the question's name, of type A and class IN, for no time, 4 bytes long: an address for documentation. */
const ADDRESS = Buffer.from([0xc0, 12, 0, RECORD_A, 0, 1, 0, 0, 0, 0, 0, 4, 203, 0, 113, 7]);

/**
 * A DNS server that knows one IPv4 address for each name that begins with `known`, and nothing of any other; of names with
 * `half` it says nothing about IPv6.
 */
async function startServer(others: "unknown" | "unanswered"): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => {
    const end = query.indexOf(0, 12);
    const name = query.toString("latin1", 13, end);
    asked.push(name);
    const isKnown = name.startsWith("known");
    if (name.includes("half") && query.readUInt16BE(end + 1) !== RECORD_A) return;
    if (!isKnown && others === "unanswered") return;
    const answers = isKnown && query.readUInt16BE(end + 1) === RECORD_A ? [ADDRESS] : [];
    const head = Buffer.from([0x81, isKnown ? 0x80 : 0x83, 0, 1, 0, answers.length, 0, 0, 0, 0]);
    socket.send(
      Buffer.concat([query.subarray(0, 2), head, query.subarray(12, end + 5), ...answers]),
      port,
      address,
    );
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return { address: `127.0.0.1:${socket.address().port}`, asked };
}

test("a hundred names whose servers say nothing -> another name has its addresses meanwhile", async () => {
  const server = await startServer("unanswered");
  const lookup = createLookup({ asksSystem: true, servers: [server.address] });
  const over: string[] = [];
  const silent = Array.from({ length: 100 }, (_, n) => `silent${n}.example.com`);
  for (const name of silent) void lookup(name).catch(() => over.push(name));
  await eventually(() => expect(new Set(server.asked).size).toBe(silent.length));

  expect(await lookup("known.example.com")).toEqual(["203.0.113.7"]);
  expect(over).toEqual([]);
});

test("a name that the DNS does not have, known to this machine -> only where private receivers are allowed", async () => {
  const server = await startServer("unknown");
  const servers = [server.address];
  await expect(createLookup({ asksSystem: false, servers })("localhost")).rejects.toThrow("ENOTFOUND");
  expect(await createLookup({ asksSystem: true, servers })("localhost")).toContain("127.0.0.1");
});

test(
  "a name whose servers say nothing about one family -> the addresses of the other, while there is time to send",
  { timeout: 10_000 },
  async () => {
    const server = await startServer("unanswered");
    const lookup = createLookup({ asksSystem: false, servers: [server.address] });
    expect(await lookup("known-half.example.com")).toEqual(["203.0.113.7"]);
  },
);
