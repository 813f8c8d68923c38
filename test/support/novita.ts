import type { LookOutcome, SubmitOutcome } from "../../src/worker/novita/classify.ts";
import type { NovitaClient } from "../../src/worker/novita/client.ts";

export type Sent = { path: string; body: object };

/** Novita's client with the answers of the test; `submits` and `looks` are what really went out. */
export type FakeNovita = NovitaClient & { readonly submits: Sent[]; readonly looks: string[] };

type Answers = {
  submit?: () => SubmitOutcome | Promise<SubmitOutcome>;
  look?: (taskId: string) => LookOutcome | Promise<LookOutcome>;
};

export const accepted = (taskId: string): SubmitOutcome => ({ kind: "accepted", taskId });

export const running = (patch: Partial<Extract<LookOutcome, { kind: "running" }>> = {}): LookOutcome => ({
  kind: "running",
  progress: null,
  etaS: null,
  known: true,
  ...patch,
});

/** Like the real client it sends nothing once the deadline is past. */
export function fakeNovita(answers: Answers = {}): FakeNovita {
  const submits: Sent[] = [];
  const looks: string[] = [];
  return {
    submits,
    looks,
    async submit(path, body, deadline) {
      if (deadline.isPast()) return { kind: "unsent", cause: "deadline", message: "too late" };
      submits.push({ path, body });
      return (answers.submit ?? (() => accepted(`task-${submits.length}`)))();
    },
    async look(taskId) {
      looks.push(taskId);
      return (answers.look ?? (() => running()))(taskId);
    },
    close: async () => {},
  };
}
