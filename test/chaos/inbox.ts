/** What the receiver got, verified as it came: a signature is good for five minutes, and a run takes longer. */
import type { Receiver } from "../../src/simulator/receiver.ts";
import type { Received } from "../../src/simulator/mailbox.ts";
import { type Tenant, verify } from "../e2e/support/caller.ts";
import type { ReceiverPlan } from "./troubles.ts";

export type Webhook = {
  n: number;
  /** Epoch ms. */
  at: number;
  eventId: string;
  type: string;
  jobId: string;
  body: string;
  /** Null when it is good; or else what is wrong with it. */
  fault: string | null;
  /** What the receiver answered: a status, `drop` or `hang`. */
  answer: string;
  /** What it asked for with a 429 or 503. */
  retryAfterS: number | null;
};

export type Inbox = { readonly webhooks: readonly Webhook[]; sort: () => void };

export function openInbox(
  receiver: Receiver,
  planOf: (n: number) => { tenant: Tenant; receiver: ReceiverPlan } | undefined,
): Inbox {
  const webhooks: Webhook[] = [];
  const asked = new Map<number, number>();
  const sort = () => {
    for (const one of receiver.received.slice(webhooks.length)) {
      const n = Number(one.path.slice(1).split("?")[0]);
      const nth = asked.get(n) ?? 0;
      asked.set(n, nth + 1);
      webhooks.push(read(one, n, nth, planOf(n)));
    }
  };
  return { webhooks, sort };
}

function read(
  received: Received,
  n: number,
  nth: number,
  plan: { tenant: Tenant; receiver: ReceiverPlan } | undefined,
): Webhook {
  const answers = plan?.receiver.answers ?? [];
  const answer = answers[Math.min(nth, answers.length - 1)] ?? "204";
  const asksToWait = answer === "429" || answer === "503";
  const retryAfterS = asksToWait ? (plan?.receiver.retryAfterS ?? null) : null;
  const known = { n, at: received.at, body: received.body.toString(), answer, retryAfterS };
  const nobody = { eventId: String(received.headers["webhook-id"]), type: "", jobId: "" };
  if (!plan) return { ...known, ...nobody, fault: "nobody expects it" };
  try {
    const { id, type, data } = verify(received, plan.tenant);
    return { ...known, eventId: id, type, jobId: data.job.id, fault: null };
  } catch (error) {
    return { ...known, ...nobody, fault: String(error) };
  }
}
