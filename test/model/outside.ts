/** The world outside the product: Novita and its books, the receiver, and BullMQ, which holds the wake-ups. */
import type { WakeUp } from "../../src/shared/queues.ts";
import type { LookOutcome, SubmitOutcome } from "../../src/worker/novita/classify.ts";
import type { Attempt } from "../../src/worker/send.ts";
import type { Fate, Want } from "./doors.ts";
import type { Actor, Entry, State } from "./state.ts";

/** Whether it leaves is for the client to say, in the tick in which it would. */
export function takePost(state: State, actor: Actor, how: string): number {
  state.posts.push({
    attempt: actor.attempt ?? "",
    fate: asFate(how),
    taskId: null,
    isHeard: false,
    at: state.now,
  });
  return state.posts.length - 1;
}

export function settlePost(state: State, wants: Want[]): void {
  const last = state.posts.at(-1);
  const hasLeft = wants.some((want) => want.door === "answer" && want.post === state.posts.length - 1);
  if (!hasLeft || !last) state.posts.pop();
  else if (last.fate.startsWith("sold")) {
    last.taskId = `task-${state.sold.length + 1}`;
    state.sold.push({ id: last.taskId, state: "running" });
  }
}

export function answerOf(state: State, actor: Actor, index: number): SubmitOutcome {
  const found = state.posts[index];
  if (!found) throw new Error("An answer to no request.");
  found.isHeard = true;
  const upstream = { status: 400, reason: null };
  switch (found.fate) {
    case "sold":
      actor.told = [...actor.told, found.taskId ?? ""];
      return { kind: "accepted", taskId: found.taskId ?? "" };
    case "refused":
      return { kind: "refused", code: "content_rejected", message: "no", upstream };
    case "deferred":
      return { kind: "deferred", message: "later", retryAfterMs: null, upstream };
    case "sold, no answer":
    case "not sold, no answer":
      return { kind: "unknown", message: "reset", upstream: null };
  }
}

export function lookAt(state: State, taskId: string, how: string): LookOutcome {
  const task = state.sold.find(({ id }) => id === taskId);
  if (how === "running" || how === "missing") {
    if (task) state.left.badLook--;
    return how === "missing"
      ? { kind: "missing" }
      : { kind: "running", progress: null, etaS: null, known: true };
  }
  if (task) task.state = how === "failed" ? "failed" : "succeeded";
  if (how === "failed") return { kind: "failed", reason: "no", upstream: { status: 200, reason: null } };
  return { kind: "succeeded", video: { url: `https://v.example/${taskId}`, type: "mp4", expiresAt: null } };
}

export function send(state: State, { eventId, body }: Extract<Want, { door: "send" }>, how: string): Attempt {
  if (how !== "refused") state.received = [...state.received, [eventId, body]];
  const said = { durationMs: 0, retryAfterMs: null, snippet: null };
  if (how === "taken") return { ...said, delivered: true, status: 204, errorCode: null };
  state.left.badSend--;
  return { ...said, delivered: false, status: null, errorCode: "timeout" };
}

const isSame = (entry: Entry, { stage, id, n }: WakeUp): boolean =>
  entry.stage === stage && entry.id === id && entry.n === n;

/** BullMQ says nothing when a name is taken, be it by an entry that has finished. */
export function wake(state: State, wakeUp: WakeUp): void {
  if (state.entries.some((entry) => isSame(entry, wakeUp))) return;
  const { stage, id, n, at = 0 } = wakeUp;
  state.entries.push({ stage, id, n, at: Math.max(at, state.now), state: "waiting", by: null });
}

/** As the motor's own. */
export function ensureAwake(state: State, wakeUp: WakeUp): "alive" | "woken" {
  const found = state.entries.find((entry) => isSame(entry, wakeUp));
  if (found && found.state !== "finished") {
    const oversleeps =
      found.state === "waiting" && found.at > state.now && (wakeUp.at ?? 0) < state.now - 5000;
    if (!oversleeps) return "alive";
    found.at = state.now;
    return "woken";
  }
  state.entries = state.entries.filter((entry) => entry !== found);
  wake(state, wakeUp);
  return "woken";
}

/** Holds because the ways of a POST are its fates. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const asFate = (how: string): Fate => how as Fate;
