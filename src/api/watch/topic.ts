/** Something that is watched, and those who watch it. Between two hints the ledger is read once for all of them. */

/** What is watched, as it was read since the last hint. */
export type Subject = {
  /** It may have changed: what was read so far is old. */
  forget: () => void;
};

export class Topic<S extends Subject> {
  readonly subject: S;
  readonly watches = new Set<Watch<S>>();
  hints = 0;

  constructor(subject: S) {
    this.subject = subject;
  }

  hint(): void {
    this.hints++;
    this.subject.forget();
    for (const watch of this.watches) watch.wake();
  }
}

/** `onRelease`: the process stops, and the watch ends at once. */
type WatchListeners = { onEnd: () => void; onRelease: () => void };

/** One who watches until it has seen enough, or its caller has gone, or the process stops. */
export class Watch<S extends Subject> {
  readonly #topic: Topic<S>;
  readonly #listeners: WatchListeners;
  #seen: number;
  #wake: () => void = () => undefined;
  #hasEnded = false;

  constructor(topic: Topic<S>, listeners: WatchListeners) {
    this.#topic = topic;
    this.#listeners = listeners;
    this.#seen = topic.hints;
    topic.watches.add(this);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get subject(): S {
    return this.#topic.subject;
  }

  /** Resolves to true when the subject may have changed since the last call, to false when the watch has ended. One call at a time. */
  async next(): Promise<boolean> {
    if (!this.#hasEnded && this.#topic.hints === this.#seen) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#seen = this.#topic.hints;
    return !this.#hasEnded;
  }

  wake(): void {
    this.#wake();
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#topic.watches.delete(this);
    this.#listeners.onEnd();
    this.#wake();
  }

  release(): void {
    this.end();
    this.#listeners.onRelease();
  }
}
