/**
 * Cursors: where a page ended, as a caller hands it back. It is a place in the order of a list (newest first, equal times
 * by id, from the end of the alphabet), not a member of it: it stays good when what stood there is gone, and in a list of
 * another filter.
 */
import { z } from "zod";

/** `at` in ms since the epoch. With the id '' it is the place after all of that millisecond. */
export type Position = { at: number; id: string };

/** Before the newest that can ever be. */
export const theBeginning: Position = { at: Number.MAX_SAFE_INTEGER, id: "" };

export const newestFirst = (a: Position, b: Position): number => {
  if (a.at !== b.at) return b.at - a.at;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
};

/** Where a page begins: the later of the cursor's place and the one behind all that is too young. */
export function startOf(query: {
  after?: Position | undefined;
  created_before?: number | undefined;
}): Position {
  const { after = theBeginning, created_before: before } = query;
  const start = before === undefined ? theBeginning : { at: before, id: "" };
  return newestFirst(after, start) < 0 ? start : after;
}

export const toCursor = ({ at, id }: Position): string => Buffer.from(`${at} ${id}`).toString("base64url");

/** What `toCursor` made for an id of this form; anything else is refused. */
export const cursorOf = (isId: (text: string) => boolean) =>
  z.string(malformed).transform((text, context): Position => {
    const position = fromCursor(text);
    if (position && isId(position.id)) return position;
    context.addIssue({ code: "custom", message: malformed });
    return z.NEVER;
  });

const malformed = "must be the `next` of an earlier answer of this list";

function fromCursor(text: string): Position | null {
  const [, at = "", id = ""] = /^(\d{1,15}) (\S+)$/.exec(Buffer.from(text, "base64url").toString()) ?? [];
  const position = { at: Number(at), id };
  return toCursor(position) === text ? position : null;
}
