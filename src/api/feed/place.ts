/**
 * A place in a tenant's feed, as a caller hands it back: behind a line, or before all of them. It says more than the line:
 * since when nothing had come behind it, so it can be told whether something has come and gone again meanwhile.
 */
import { z } from "zod";

/** `id`: the line's, which is a Redis stream's; "0-0": of none. `at`: in ms by Redis' clock; what lies behind is not older. */
export type Place = { id: string; at: number };

/** Right behind a line that has others behind it. */
export const behind = (id: string): Place => ({ id, at: msOf(id) });

/** When the line was written, in ms. */
export const msOf = (id: string): number => Number(id.split("-")[0]);

export const toCursor = ({ id, at }: Place): string => Buffer.from(`${id} ${at}`).toString("base64url");

/** null: it is none that `toCursor` has made. */
export function fromCursor(text: string): Place | null {
  const words = Buffer.from(text, "base64url").toString();
  const [, id = "", at = ""] = /^(\d{1,15}-\d{1,15}) (\d{1,15})$/.exec(words) ?? [];
  const place = { id, at: Number(at) };
  return toCursor(place) === text ? place : null;
}

export const malformedCursor =
  "must be the `next` of an earlier answer, or the `id` of a message of the stream";

/** `latest`: behind all that is there already. */
export const placeOrLatest = z.string("must be given once").transform((text, context): Place | "latest" => {
  const place = text === "latest" ? text : fromCursor(text);
  if (place) return place;
  context.addIssue({ code: "custom", message: `${malformedCursor}, or latest` });
  return z.NEVER;
});
