/** What the product says over HTTP, as far as the run reads it. Written from the contract. */
import { z } from "zod";

export const WireJob = z.looseObject({
  id: z.string(),
  status: z.string(),
  version: z.number(),
  attempts: z.number(),
  tasks: z.array(z.string()),
  reference: z.string().nullable(),
  retry_of: z.string().nullable(),
  erased_at: z.string().nullable(),
  video: z.looseObject({ url: z.string() }).nullable(),
  error: z.looseObject({ code: z.string() }).nullable(),
  billing: z.looseObject({ state: z.string() }),
});
export type WireJob = z.infer<typeof WireJob>;

export const JobPage = z.looseObject({ data: z.array(WireJob), next: z.string().nullable() });

export const WireEntry = z.looseObject({
  id: z.string(),
  at: z.iso.datetime(),
  type: z.string(),
  version: z.number(),
  status: z.string(),
  transition: z.string().optional(),
  by: z.string().optional(),
  task_id: z.string().optional(),
  message: z.string().nullable().optional(),
});
export type WireEntry = z.infer<typeof WireEntry>;

/** An event as webhooks carry it and the feed shows it. */
const FeedEvent = z.looseObject({
  type: z.string(),
  id: z.string(),
  data: z.looseObject({ job: z.looseObject({ id: z.string() }).optional() }),
});
export type FeedEvent = z.infer<typeof FeedEvent>;

export const FeedPage = z.looseObject({ data: z.array(FeedEvent), next: z.string(), has_more: z.boolean() });
export type FeedPage = z.infer<typeof FeedPage>;

export const MadeEndpoint = z.looseObject({ id: z.string(), secret: z.string() });

export const History = z.looseObject({ data: z.array(WireEntry) });

export const ended: ReadonlySet<string> = new Set(["succeeded", "failed", "canceled", "expired"]);
