import { onTestFinished } from "vitest";

/** Takes what is to be done when the work is over, failed or not. */
export type OnEnd = (undo: () => void | Promise<void>) => void;

/** The end of the present test. */
export const withTest: OnEnd = (undo) => onTestFinished(async () => await undo());

/** For work that several tests judge, such as a `beforeAll`: the last thing made is the first to be undone. */
export function collectUndos(): { onEnd: OnEnd; undoAll: () => Promise<void> } {
  const undos: (() => void | Promise<void>)[] = [];
  const undoAll = async () => {
    for (let undo = undos.pop(); undo; undo = undos.pop()) await undo();
  };
  return { onEnd: (undo) => undos.push(undo), undoAll };
}
