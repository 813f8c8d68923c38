import { once } from "node:events";
import type { Inbox, Letter } from "./inbox.ts";

export type Job = {
  id: string;
  status: string;
  version: number;
  reference: string | null;
  urls: { video: string };
};
/** Events of a job carry it; `endpoint.disabled` and `webhook.test` do not. */
export type Event = { type: string; id: string; data: { job?: Job } };
export type Work = (event: Event, signal: AbortSignal) => Promise<void>;

/** How long a letter that has failed may wait beyond its time. */
const LOOK_EVERY_MS = 1000;

/** Does the work for each letter, one at a time, until it is told to stop. */
export async function workOff(inbox: Inbox, work: Work, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    const letter = inbox.next();
    if (letter) await attempt(inbox, letter, work, stopped);
    else await untilRung(inbox, stopped);
  }
}

async function attempt(inbox: Inbox, letter: Letter, work: Work, stopped: AbortSignal): Promise<void> {
  try {
    // Its shape is known: Onetake has signed it.
    const event: Event = JSON.parse(letter.body);
    const { job } = event.data;
    if (job === undefined || inbox.isNewest(job)) await work(event, stopped);
    inbox.done(letter);
  } catch (error) {
    // Cut short by the stop, it is done anew after the next start.
    if (stopped.aborted) return;
    const isKept = inbox.failed(letter);
    console.error(letter.id, isKept ? "failed, and is tried again" : "failed, and is given up", error);
  }
}

/** `once` rejects when its signal is aborted, which is one of the ways to end the wait. */
async function untilRung({ bell }: Inbox, stopped: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(LOOK_EVERY_MS)]);
  await once(bell, "letter", { signal }).catch(() => undefined);
}
