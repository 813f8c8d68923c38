import { endsAt, type Task } from "./tasks.ts";

/** A submit that bought nothing. `status` is null when nothing was answered; `job` is null without a marker. */
export interface Refusal {
  at: number;
  job: string | null;
  status: number | null;
  reason: string;
}

/** What the vendor's books would show: every task sold, every submit refused. Nothing is ever forgotten here. */
export class Ledger {
  readonly #byId = new Map<string, Task>();
  readonly #byFile = new Map<string, Task>();
  readonly #unfinished = new Set<Task>();
  readonly refusals: Refusal[] = [];
  readonly counters = zeroCounters();
  readonly #submitsByPrompt = new Map<string, number>();

  get tasks(): Task[] {
    return [...this.#byId.values()];
  }

  tasksOf(job: string): Task[] {
    return this.tasks.filter((task) => task.job === job);
  }

  accept(task: Task): void {
    this.#byId.set(task.id, task);
    this.#byFile.set(task.fileId, task);
    this.#unfinished.add(task);
    this.counters.chargedMicros += task.order.chargeMicros;
    this.counters.maxInFlight = Math.max(this.counters.maxInFlight, this.inFlight(task.acceptedAt));
  }

  find(taskId: string): Task | undefined {
    return this.#byId.get(taskId);
  }

  findByFile(fileId: string): Task | undefined {
    return this.#byFile.get(fileId);
  }

  /** Unfinished tasks. Time must not run backwards: a task found finished is not looked at again. */
  inFlight(now: number): number {
    for (const task of this.#unfinished) if (now >= endsAt(task)) this.#unfinished.delete(task);
    return this.#unfinished.size;
  }

  /** How many submits of this prompt came before this one. */
  countSubmit(prompt: string): number {
    const before = this.#submitsByPrompt.get(prompt) ?? 0;
    this.#submitsByPrompt.set(prompt, before + 1);
    return before;
  }

  clear(): void {
    for (const books of [this.#byId, this.#byFile, this.#unfinished, this.#submitsByPrompt]) books.clear();
    this.refusals.length = 0;
    Object.assign(this.counters, zeroCounters());
  }
}

function zeroCounters() {
  return {
    /** POSTs that reached a model's route, whatever became of them. */
    submits: 0,
    looks: 0,
    looksAtUnknown: 0,
    /** Orders that were carried out: spoiled submits and looks, and tasks that were sold with an end of their own. */
    faults: 0,
    /** The greatest number of unfinished accepted tasks at one moment. */
    maxInFlight: 0,
    chargedMicros: 0,
    redirectsFollowed: 0,
    redirectsFollowedWithKey: 0,
  };
}
