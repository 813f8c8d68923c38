/** A page of a list. */
import { z } from "zod";

/** `id` names the component of the document; `example` is an entry. */
export const pageAnswer = <Entry extends z.ZodType>(id: string, entry: Entry, description: string) =>
  z
    .strictObject({
      data: z.array(entry).describe("Newest first."),
      next: z
        .string()
        .nullable()
        .describe(
          "Send it as `after` for the page that follows; null: there is none. With several filters a page may be short, even " +
            "empty, and yet have a next.",
        ),
    })
    .meta({ id, description });
