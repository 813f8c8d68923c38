// What came to the receiver, read as any receiver would: whose it is, verified or not, and whether it was taken.
import { z } from "zod";
import type { Received } from "../../../src/simulator/mailbox.ts";
import { openWebhook } from "../job.ts";
import type { Webhook } from "./audit.ts";
import { isTaken, type Plan } from "./plan.ts";

const Body = z.looseObject({
  type: z.string(),
  id: z.string(),
  data: z.looseObject({ job: z.looseObject({ id: z.string() }) }),
});

export type Arrival = Webhook & { plan: Plan | undefined };

/** Where a job's webhooks go: each address has its own plan of answers. */
export const pathOf = ({ n, answers }: Plan): string => `/jobs/${n}?answer=${answers.join(",")}`;

export type Postbox = ReturnType<typeof openPostbox>;

export function openPostbox(received: readonly Received[], plans: Plan[], secret: string) {
  const byPath = new Map(plans.map((plan) => [pathOf(plan), plan]));
  const counts = new Map<string, number>();
  const arrivals: Arrival[] = [];

  /** Takes in what is new. */
  const read = (): void => void arrivals.push(...received.slice(arrivals.length).map(readOne));

  function readOne(one: Received): Arrival {
    const plan = byPath.get(one.path);
    const nth = counts.get(one.path) ?? 0;
    counts.set(one.path, nth + 1);
    const { type, id, data } = readBody(one);
    return {
      plan,
      jobId: data.job.id,
      type,
      eventId: id,
      body: one.body.toString(),
      isVerified: openWebhook(one, secret) !== null,
      isTaken: plan === undefined || isTaken(plan, nth),
    };
  }

  return { arrivals, read };
}

function readBody(one: Received): z.infer<typeof Body> {
  try {
    return Body.parse(JSON.parse(one.body.toString()));
  } catch {
    return { type: "unreadable", id: "", data: { job: { id: "" } } };
  }
}
