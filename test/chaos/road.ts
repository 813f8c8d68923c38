/**
 * A way between one process and one server, that can be made bad: a TCP proxy on loopback. What it does to the bytes, it
 * does to all connections at once, as a bad network does.
 */
import { once } from "node:events";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type Way = "up" | "down";

/** How bytes pass. `silent`: what comes in these directions is held back until the way is good again. */
export type Weather =
  | { kind: "fair" }
  | { kind: "latency"; ms: number; jitterMs: number }
  | { kind: "drip"; bytes: number; gapMs: number }
  | { kind: "silent"; ways: readonly Way[] };

/** `end` makes the weather fair again, unless it has changed since. `touched`: how many chunks have met it. */
export type Spell = { touched: () => number; end: () => number };

export type Road = {
  readonly port: number;
  /** How many are open. */
  readonly connections: number;
  /** Whether a request that begins so has been handed on, and not been answered. */
  awaits(beginning: string): boolean;
  turn(weather: Weather): Spell;
  /** Ends every connection, by FIN or RST. Returns how many there were. */
  cut(how: "end" | "reset"): number;
  close(): Promise<void>;
};

/** `onPassed` hears what has been handed on. */
export async function openRoad(targetPort: number, onPassed: OnPassed = () => undefined): Promise<Road> {
  const changed = Promise.withResolvers<void>();
  const state: State = { weather: { kind: "fair" }, touched: 0, changed, onPassed };
  const links = new Set<Link>();
  const server = createServer((client) => link(client, targetPort, state, links));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const become = (weather: Weather) => {
    state.weather = weather;
    state.changed.resolve();
    state.changed = Promise.withResolvers<void>();
  };
  const cut = (how: "end" | "reset") => {
    const cutNow = [...links];
    for (const one of cutNow) one.cut(how);
    return cutNow.length;
  };
  return {
    port: portOf(server),
    get connections() {
      return links.size;
    },
    turn: (weather) => {
      const before = state.touched;
      become(weather);
      const touched = () => state.touched - before;
      const end = () => {
        if (state.weather === weather) become({ kind: "fair" });
        return touched();
      };
      return { touched, end };
    },
    awaits: (beginning) => [...links].some(({ awaiting }) => awaiting.startsWith(beginning)),
    cut,
    close: async () => {
      become({ kind: "fair" });
      cut("reset");
      server.close();
      await once(server, "close");
    },
  };
}

type OnPassed = (chunk: Buffer, way: Way) => void;
type State = {
  weather: Weather;
  touched: number;
  changed: PromiseWithResolvers<void>;
  onPassed: OnPassed;
};
/** `awaiting`: how the request begins that has no answer yet. */
type Link = { cut: (how: "end" | "reset") => void; awaiting: string };

function link(client: Socket, targetPort: number, state: State, links: Set<Link>): void {
  const server = createConnection({ port: targetPort, host: "127.0.0.1", allowHalfOpen: false });
  for (const socket of [client, server]) socket.setNoDelay(true);
  const one: Link = {
    awaiting: "",
    cut: (how) => {
      links.delete(one);
      for (const socket of [client, server]) {
        if (how === "end") socket.destroySoon();
        else socket.resetAndDestroy();
      }
    },
  };
  links.add(one);
  for (const socket of [client, server]) {
    // Whatever breaks on one side ends the other one: they are two ends of one connection.
    socket.on("error", () => one.cut("reset"));
  }
  void pump(client, server, "up", state, one).then(() => one.cut("end"));
  void pump(server, client, "down", state, one).then(() => one.cut("end"));
}

async function pump(from: Socket, to: Socket, way: Way, state: State, one: Link): Promise<void> {
  try {
    for await (const chunk of from) {
      const bytes = asBuffer(chunk);
      await pass(bytes, to, way, state);
      note(one, bytes, way);
    }
    await untilHeard(way, state);
  } catch {
    // A connection that breaks has ended; the other side learns of it by the cut.
  }
}

/** A request may come in several chunks; how it begins is in the first. */
function note(one: Link, chunk: Buffer, way: Way): void {
  if (way === "down") one.awaiting = "";
  else if (one.awaiting === "") one.awaiting = chunk.toString("latin1", 0, BEGINNING);
}

const BEGINNING = 8;

async function pass(chunk: Buffer, to: Socket, way: Way, state: State): Promise<void> {
  await untilHeard(way, state);
  const { weather } = state;
  if (weather.kind === "latency") {
    state.touched += 1;
    await sleep(weather.ms + Math.random() * weather.jitterMs);
  }
  if (weather.kind !== "drip") {
    to.write(chunk);
    return state.onPassed(chunk, way);
  }
  state.touched += 1;
  for (let from = 0; from < chunk.length;) {
    const size = state.weather === weather ? weather.bytes : chunk.length;
    to.write(chunk.subarray(from, from + size));
    from += size;
    if (state.weather === weather) await sleep(weather.gapMs);
  }
}

async function untilHeard(way: Way, state: State): Promise<void> {
  let isHeld = false;
  while (state.weather.kind === "silent" && state.weather.ways.includes(way)) {
    if (!isHeld) state.touched += 1;
    isHeld = true;
    await state.changed.promise;
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the road has no port");
  return address.port;
}

/** A socket without an encoding gives buffers. */
const asBuffer = (chunk: unknown): Buffer => (Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)));
