/**
 * The headers that requests may carry, for the document. They are not validated by these schemas: whoever uses one
 * judges it, with a code and words of its own.
 */
import { z } from "zod";

export const idempotencyKey = {
  "Idempotency-Key": z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      "1 to 255 printable ASCII characters of your choice, such as the id of your order. The same key with the same body takes effect once.",
    ),
};

/** For routes that take nothing else. */
export const idempotencyHeaders = z.object(idempotencyKey);

export const prefer = {
  Prefer: z
    .string()
    .optional()
    .describe(
      "`wait=N`: answer when the job has ended or is unconfirmed, at the latest after N seconds (at most 60).",
    ),
};

export const preferEvents = {
  Prefer: z
    .string()
    .optional()
    .describe(
      "`wait=N`: answer as soon as there is an event, at the latest after N seconds (at most 60), if there is room for a wait.",
    ),
};

export const ifNoneMatch = {
  "If-None-Match": z
    .string()
    .optional()
    .describe(
      "The ETag of the job as you know it, or several: if it is still so, the answer is 304 without a body.",
    ),
};

export const lastEventId = {
  "Last-Event-ID": z
    .string()
    .optional()
    .describe("For streams: the `id` of the last event that you got. The stream goes on after it."),
};
