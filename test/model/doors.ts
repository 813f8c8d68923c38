/**
 * A run of a program of the product, held at the doors through which it meets the world: every command to Redis, every
 * request to Novita and to the receiver, every wake-up, every timer. It stands still at a door until the model answers.
 * What it remembers follows from what it has been answered so far, so it can be left, and built again from the answers.
 */
import type { WakeUp } from "../../src/shared/queues.ts";
import type { Outcome } from "../../src/worker/outcome.ts";
import type { Surroundings, Virtual, Visit } from "./virtual.ts";

/** What Novita makes of one POST, whoever hears of it and when. */
export type Fate = "sold" | "sold, no answer" | "not sold, no answer" | "refused" | "deferred";

export type Ask =
  | { door: "script"; name: string; text: string; keys: string[]; words: string[] }
  | { door: "command"; words: [string, ...string[]] }
  | { door: "confirm" }
  | { door: "post" }
  | { door: "answer"; post: number }
  | { door: "look"; taskId: string }
  | { door: "send"; eventId: string; body: string }
  | { door: "wake"; wakeUps: WakeUp[] }
  | { door: "ensureAwake"; wakeUp: WakeUp }
  | { door: "timer"; at: number };

export type Want = Ask & { n: number };

/** What came through a door, and when. */
export type Seen = { n: number; at: number; answer: unknown };

export type Doors = {
  ask: (ask: Ask) => Promise<unknown>;
  /** The stage's step is over, though something of it may go on in the background. */
  conclude: (outcome: Outcome) => void;
};

export type Program = (doors: Doors) => Promise<void>;

/** A program under way. */
export class Run implements Doors {
  outcome: Outcome | null = null;
  isOver = false;
  failure: Error | null = null;
  readonly #doors = new Map<number, { want: Want; open: (answer: unknown) => void }>();
  readonly #visit: Visit;
  #asked = 0;
  #now: number;

  constructor(virtual: Virtual, seed: string, now: number) {
    this.#now = now;
    const surroundings: Surroundings = {
      seed,
      setTimer: (act, ms) => this.#open({ door: "timer", at: this.#now + ms }, act),
      clearTimer: (timer) => void this.#doors.delete(timer),
    };
    this.#visit = virtual.enter(surroundings, now);
  }

  /** Starts the program, and hands it all that it has seen so far. */
  async start(program: Program, seen: readonly Seen[]): Promise<void> {
    await this.#visit.run(this.#now, () => {
      program(this).then(
        () => (this.isOver = true),
        (error: unknown) => (this.failure = error instanceof Error ? error : new Error("It threw no error.")),
      );
    });
    for (const one of seen) await this.answer(one);
  }

  /** Answers at one door, and lets the program go on to the next. */
  async answer({ n, at, answer }: Seen): Promise<void> {
    const door = this.#doors.get(n);
    if (!door) throw new Error(`Nobody stands at door ${n}.`);
    this.#doors.delete(n);
    this.#now = at;
    await this.#visit.run(at, () => door.open(answer));
  }

  get wants(): Want[] {
    return [...this.#doors.values()].map(({ want }) => want);
  }

  ask(ask: Ask): Promise<unknown> {
    return new Promise((resolve) => this.#open(ask, resolve));
  }

  conclude(outcome: Outcome): void {
    this.outcome = outcome;
  }

  #open(ask: Ask, open: (answer: unknown) => void): number {
    const n = ++this.#asked;
    this.#doors.set(n, { want: { ...ask, n }, open });
    return n;
  }
}
