import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type OnEnd, withTest } from "./on-end.ts";
import { FrameReader, isError, isPush, wordsOf } from "./resp.ts";
import type { Snare, Sprung } from "./snare.ts";

/** A request to Redis as its words: the command and its arguments. */
export type Words = string[];

export type RedisGate = Sprung & { url: string };

/** Puts a gate in front of the Redis at `url`, for one process. */
export async function openRedisGate(
  url: string,
  snare: Snare<Words>,
  onEnd: OnEnd = withTest,
): Promise<RedisGate> {
  const target = new URL(url);
  const guard = new Guard(snare);
  const links = new Set<Link>();
  const server = createServer((client) => {
    const link = new Link(client, connect(Number(target.port), target.hostname), guard);
    links.add(link);
    void link.ended.then(() => links.delete(link));
  });
  onEnd(() => {
    server.close();
    for (const link of links) link.cut();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the gate has no port");
  return {
    url: `redis://127.0.0.1:${address.port}`,
    get hasSprung() {
      return guard.hasSprung;
    },
  };
}

/** What all connections of one process share. */
class Guard {
  readonly #snare: Snare<Words>;
  #isArmed = true;
  isShut = false;
  hasSprung = false;

  constructor(snare: Snare<Words>) {
    this.#snare = snare;
  }

  /** Disarms when the request is the one. */
  catches(request: Buffer): Snare<Words>["when"] | null {
    if (!this.#isArmed || !this.#snare.matches(wordsOf(request))) return null;
    this.#isArmed = false;
    return this.#snare.when;
  }

  /** A request that Redis refused (it did not know the script) comes again. */
  rearm(): void {
    this.#isArmed = true;
  }

  async spring(): Promise<void> {
    this.hasSprung = true;
    if ((await this.#snare.spring()) === "drop") this.isShut = true;
  }
}

/** One connection of the process, and the one that stands for it at Redis. Answers come in the order of requests. */
class Link {
  readonly ended: Promise<void>;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #guard: Guard;
  /** For each request that is not answered yet, whether its answer is the one to hold. */
  readonly #isAwaited: boolean[] = [];

  constructor(client: Socket, server: Socket, guard: Guard) {
    this.#client = client;
    this.#server = server;
    this.#guard = guard;
    const requests = this.#pump(client, (frame) => this.#request(frame));
    const answers = this.#pump(server, (frame) => this.#answer(frame));
    this.ended = Promise.race([requests, answers]).then(() => this.cut());
  }

  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  async #pump(from: Socket, pass: (frame: Buffer) => Promise<void>): Promise<void> {
    const reader = new FrameReader();
    try {
      for await (const chunk of from) for (const frame of reader.push(asBuffer(chunk))) await pass(frame);
    } catch {
      // A connection that breaks has ended; the other side learns of it by the cut.
    }
  }

  async #request(frame: Buffer): Promise<void> {
    const caught = this.#guard.isShut ? null : this.#guard.catches(frame);
    if (caught === "before") await this.#guard.spring();
    if (this.#guard.isShut) return;
    this.#isAwaited.push(caught === "after");
    this.#server.write(frame);
  }

  async #answer(frame: Buffer): Promise<void> {
    const isAwaited = !isPush(frame) && (this.#isAwaited.shift() ?? false);
    if (isAwaited && isError(frame)) this.#guard.rearm();
    else if (isAwaited) await this.#guard.spring();
    if (!this.#guard.isShut) this.#client.write(frame);
  }
}

/** A socket without an encoding gives buffers. */
const asBuffer = (chunk: unknown): Buffer => (Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)));
