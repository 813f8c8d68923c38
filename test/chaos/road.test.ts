// The bad ways are bad in the way that they say, and become good again.
import { once } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { openRoad, type Road, type Way } from "./road.ts";

test("fair -> bytes go both ways", async () => {
  const { client } = await openLine();
  client.say("ping");
  await eventually(() => expect(client.heard()).toBe("ping"));
});

test("silent both ways -> nothing comes; fair again -> what was held back comes", async () => {
  const { road, client, server } = await openLine();
  const spell = road.turn({ kind: "silent", ways: ["up", "down"] });
  client.say("ping");
  const late = await openClient(road);
  late.say("pong");
  await eventually(() => expect(spell.touched()).toBe(2));
  expect([server.heard(), spell.end()]).toEqual(["", 2]);
  await eventually(() => expect([client.heard(), late.heard()]).toEqual(["ping", "pong"]));
});

test.each([
  { way: "up", serverHears: "" },
  { way: "down", serverHears: "ping" },
] satisfies { way: Way; serverHears: string }[])(
  "silent $way -> the server hears '$serverHears', and the client nothing",
  async ({ way, serverHears }) => {
    const { road, client, server } = await openLine();
    const spell = road.turn({ kind: "silent", ways: [way] });
    client.say("ping");
    await eventually(() => expect([server.heard(), spell.touched()]).toEqual([serverHears, 1]));
    expect([client.heard(), spell.end()]).toEqual(["", 1]);
  },
);

test("silent, and cut before it is fair again -> what was held back is lost", async () => {
  const { road, client, server } = await openLine();
  const spell = road.turn({ kind: "silent", ways: ["up", "down"] });
  client.say("ping");
  await eventually(() => expect(spell.touched()).toBe(1));
  expect(road.cut("reset")).toBe(1);
  spell.end();
  await client.ended;
  expect(server.heard()).toBe("");
});

test("latency -> it comes, and not at once", async () => {
  const { road, client } = await openLine();
  const spell = road.turn({ kind: "latency", ms: 60, jitterMs: 0 });
  const saidAt = performance.now();
  client.say("ping");
  await eventually(() => expect(client.heard()).toBe("ping"));
  expect(performance.now() - saidAt).toBeGreaterThanOrEqual(2 * 59);
  expect(spell.end()).toBe(2);
});

test("drip -> it comes in pieces, whole", async () => {
  const { road, client, server } = await openLine();
  const spell = road.turn({ kind: "drip", bytes: 3, gapMs: 5 });
  client.say("0123456789");
  await eventually(() => expect(client.heard()).toBe("0123456789"));
  expect(server.pieces()).toBeGreaterThan(1);
  expect(spell.end()).toBeGreaterThanOrEqual(2);
});

test.each([
  { how: "end", sees: null },
  { how: "reset", sees: "ECONNRESET" },
] as const)("cut by $how -> every connection sees $sees, and new ones are good", async ({ how, sees }) => {
  const { road, client } = await openLine();
  expect([road.cut(how), road.connections]).toEqual([1, 0]);
  expect(await client.ended).toBe(sees);
  const next = await openClient(road);
  next.say("ping");
  await eventually(() => expect(next.heard()).toBe("ping"));
});

test("a later change of the weather -> is not undone by the end of an earlier one", async () => {
  const { road, client, server } = await openLine();
  const first = road.turn({ kind: "latency", ms: 1, jitterMs: 0 });
  const second = road.turn({ kind: "silent", ways: ["up"] });
  expect(first.end()).toBe(0);
  client.say("ping");
  await eventually(() => expect(second.touched()).toBe(1));
  expect(server.heard()).toBe("");
});

/** A road to a server that says back what it hears, with one client on it. */
async function openLine() {
  let heard = "";
  let pieces = 0;
  const sockets = new Set<Socket>();
  const echo = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      heard += bytes.toString();
      pieces += 1;
      socket.write(bytes);
    });
  });
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  const address = echo.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const road = await openRoad(address.port);
  onTestFinished(async () => {
    await road.close();
    for (const socket of sockets) socket.destroy();
    echo.close();
  });
  const client = await openClient(road);
  return { road, client, server: { heard: () => heard, pieces: () => pieces } };
}

async function openClient(road: Road) {
  const socket = createConnection({ host: "127.0.0.1", port: road.port });
  onTestFinished(() => void socket.destroy());
  let heard = "";
  let code: string | null = null;
  socket.on("data", (bytes) => (heard += bytes.toString()));
  socket.on("error", (error: NodeJS.ErrnoException) => (code = error.code ?? null));
  const ended = new Promise<string | null>((resolve) => socket.once("close", () => resolve(code)));
  await once(socket, "connect");
  // The road learns of it a moment later.
  await eventually(() => expect(road.connections).toBeGreaterThan(0));
  return { say: (text: string) => void socket.write(text), heard: () => heard, ended };
}
