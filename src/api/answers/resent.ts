/** What is told of deliveries that are sent again. */
import { z } from "zod";

const hasMore = z
  .boolean()
  .describe(
    "More fit than one request sends again. The same request, without an `Idempotency-Key` or with a new one, goes on with the rest; wait for nothing.",
  );

export const recoveredAnswer = z
  .strictObject({
    matched: z
      .int()
      .min(0)
      .describe("How many deliveries were not taken and not on their way; at most 10,000."),
    recovering: z.int().min(0).describe("How many of them are sent again by this request."),
    has_more: hasMore,
  })
  .meta({
    id: "Recovered",
    description: "What is sent again of what an endpoint has missed.",
    examples: [{ matched: 42, recovering: 42, has_more: false }],
  });

export const redeliveredAnswer = z
  .strictObject({
    dry_run: z.boolean().describe("They were only counted."),
    matched: z.int().min(0).describe("How many deliveries fit and can be sent; at most 10,000."),
    redelivering: z.int().min(0).describe("How many of them are sent again by this request; 0 of a dry run."),
    skipped: z
      .int()
      .min(0)
      .describe("How many fit besides, but go to an endpoint that is deleted or disabled."),
    has_more: z
      .boolean()
      .describe("More may fit than one request looks at. Go on with `next_created_after`."),
    next_created_after: z.iso
      .datetime()
      .nullable()
      .describe("Send it as `created_after` for those that were left; null: there are none."),
  })
  .meta({
    id: "Redelivered",
    description: "What is sent again by filter.",
    examples: [
      {
        dry_run: false,
        matched: 42,
        redelivering: 42,
        skipped: 3,
        has_more: false,
        next_created_after: null,
      },
    ],
  });
