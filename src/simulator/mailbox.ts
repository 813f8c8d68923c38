import type { IncomingHttpHeaders } from "node:http";

export interface Received {
  /** Epoch milliseconds. */
  at: number;
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingHttpHeaders;
  /** The bytes as they came. */
  body: Buffer;
}

type Predicate = (received: Received) => boolean;

interface Waiting {
  tell: (received: Received) => void;
  fail: (why: string) => void;
}

/** Keeps what came, and wakes those who wait for it. */
export class Mailbox {
  readonly received: Received[] = [];
  readonly #waiting = new Set<Waiting>();

  add(received: Received): void {
    this.received.push(received);
    for (const { tell } of this.#waiting) tell(received);
  }

  /** @throws Error after `timeoutMs`, or when the mailbox closes */
  async waitFor(predicate: Predicate, timeoutMs: number): Promise<Received> {
    const known = this.received.find(predicate);
    if (known) return known;
    const { promise, resolve, reject } = Promise.withResolvers<Received>();
    const waiting: Waiting = {
      tell: (received) => predicate(received) && resolve(received),
      fail: (why) => reject(new Error(`${why}; what came: ${this.#summary()}`)),
    };
    const timer = setTimeout(() => waiting.fail(`nothing fitting came in ${timeoutMs} ms`), timeoutMs);
    this.#waiting.add(waiting);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(waiting);
    });
  }

  clear(): void {
    this.received.length = 0;
  }

  close(): void {
    for (const { fail } of this.#waiting) fail("the receiver was closed");
  }

  #summary(): string {
    return this.received.map(({ method, path }) => `${method} ${path}`).join(", ") || "nothing";
  }
}
