/** What the receiver got, verified as it came: a signature is good for five minutes, and a run takes longer. */
import type { Receiver } from "../../src/simulator/receiver.ts";
import type { Received } from "../../src/simulator/mailbox.ts";
import { verifyBy } from "../e2e/support/caller.ts";
import type { ReceiverPlan } from "./troubles.ts";

export type Webhook = {
  /** The job's number; 0 when that cannot be read. */
  n: number;
  /** The endpoint that it came to; null: the job's own address. */
  endpoint: number | null;
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

/** A receiver's path: a job's number, or `endpoint-` and that of an endpoint. */
export type Address = { n: number; isEndpoint: boolean };
/** Who is there: what signs for it, and what it answers. */
export type Addressee = { secret: string; receiver: ReceiverPlan };

export type Inbox = { readonly webhooks: readonly Webhook[]; sort: () => void };

export function openInbox(
  receiver: Receiver,
  addresseeAt: (address: Address) => Addressee | undefined,
): Inbox {
  const webhooks: Webhook[] = [];
  const asked = new Map<string, number>();
  const sort = () => {
    for (const one of receiver.received.slice(webhooks.length)) {
      const [name = ""] = one.path.slice(1).split("?");
      const nth = asked.get(name) ?? 0;
      asked.set(name, nth + 1);
      const address = { n: Number(name.replace("endpoint-", "")), isEndpoint: name.startsWith("endpoint-") };
      webhooks.push(read(one, address, nth, addresseeAt(address)));
    }
  };
  return { webhooks, sort };
}

function read(received: Received, address: Address, nth: number, addressee: Addressee | undefined): Webhook {
  const { answers, retryAfterS: asksFor } = addressee?.receiver ?? { answers: [], retryAfterS: null };
  const answer = answers[Math.min(nth, answers.length - 1)] ?? "204";
  const retryAfterS = answer === "429" || answer === "503" ? asksFor : null;
  const known = {
    n: address.isEndpoint ? 0 : address.n,
    endpoint: address.isEndpoint ? address.n : null,
    at: received.at,
    body: received.body.toString(),
    answer,
    retryAfterS,
  };
  const nobody = { eventId: String(received.headers["webhook-id"]), type: "", jobId: "" };
  if (!addressee) return { ...known, ...nobody, fault: "nobody expects it" };
  try {
    const { id, type, data } = verifyBy(received, addressee.secret);
    const n = address.isEndpoint ? Number(data.job["reference"]) : address.n;
    return { ...known, n, eventId: id, type, jobId: data.job.id, fault: null };
  } catch (error) {
    return { ...known, ...nobody, fault: String(error) };
  }
}
