/** Events as readers of the feed get them: the bodies of webhooks. */
import { z } from "zod";

import { eventEndpoint } from "./endpoint.ts";
import { eventJob, exampleOfEvent } from "./job.ts";

/** Open, as what it is about differs by its type. */
const event = z
  .strictObject({
    type: z.string().describe("What happened, such as `job.succeeded`. New ones may come."),
    id: z.string().describe("`evt_` and a ULID: the `webhook-id` of its webhooks."),
    timestamp: z.iso.datetime().describe("When it happened."),
    data: z
      .looseObject({
        job: eventJob.optional().describe("The job, of an event whose type begins with `job.`."),
        endpoint: eventEndpoint.optional().describe("The endpoint, of one that begins with `endpoint.`."),
      })
      .describe("What it is about."),
  })
  .meta({
    id: "Event",
    description: "Something that happened, exactly as webhooks tell it.",
    examples: [
      {
        type: "job.succeeded",
        id: "evt_01K9Z4Q6W8D2V5T1R3N7M0X4YB",
        timestamp: "2026-01-01T00:01:30.000Z",
        data: { job: exampleOfEvent },
      },
    ],
  });

/** What an event's body says when it is parsed: it was written as that, by this version or another one. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
export const asEvent = (body: object) => body as z.infer<typeof event>;

export const feedAnswer = z
  .strictObject({
    data: z.array(event).describe("Oldest first, in the order in which they were raised."),
    next: z
      .string()
      .describe("The cursor behind them. Send it as `after` for what follows, also when `data` is empty."),
    has_more: z
      .boolean()
      .describe(
        "Whether there may be more already. With `type`, or where jobs were erased, a page may be short, even empty, though more follow.",
      ),
  })
  .meta({ id: "EventFeed", description: "Events of a tenant, and where to read on." });

export const eventStream = z
  .string()
  .describe(
    "Server-sent events. Each message has as `id` the cursor behind the event, its type as `event`, and as `data` one line of " +
      "JSON: the event. An `id` without data, when the stream begins and when it was quiet for long, says where it is by then.",
  );
