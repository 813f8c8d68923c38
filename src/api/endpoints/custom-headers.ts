/**
 * The headers that a tenant may have its endpoint's deliveries carry: those by which its own gateway knows them, and none
 * that says how the request is framed, where it comes from, or what we say ourselves.
 */
import { z } from "zod";

import { text } from "../fields.ts";

const MOST_HEADERS = 16;

/** In lower case. Hop-by-hop ones and framing; ours; what proxies and clouds take for their own word. */
const reserved = new Set([
  "accept-encoding",
  "cf-connecting-ip",
  "connection",
  "cookie",
  "date",
  "expect",
  "forwarded",
  "host",
  "http2-settings",
  "keep-alive",
  "metadata",
  "metadata-flavor",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
  "true-client-ip",
  "upgrade",
  "user-agent",
  "via",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-real-ip",
]);
const reservedStarts = [
  "content-",
  "proxy-",
  "webhook-",
  "x-amz-",
  "x-aws-",
  "x-forwarded-",
  "x-goog-",
] as const;

function isReserved(name: string): boolean {
  const lower = name.toLowerCase();
  return reserved.has(lower) || reservedStarts.some((start) => lower.startsWith(start));
}

/** A token of RFC 9110, section 5.6.2. */
const name = text(1, 64)
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "must be a header's name: letters, digits and !#$%&'*+-.^_`|~")
  .refine((value) => !isReserved(value), "is reserved: it is not a receiver's business, or ours to say");

const value = text(1, 1024).regex(
  /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/,
  "must be printable ASCII, without spaces at its ends",
);

/** Names as they are to be sent, and their values. */
export const customHeaders = z
  .record(name, value, "must be an object of strings")
  .superRefine((headers, context) => {
    const names = Object.keys(headers);
    if (names.length > MOST_HEADERS) {
      context.addIssue({ code: "custom", message: `must have at most ${MOST_HEADERS} headers` });
    }
    for (const twin of twinsIn(names)) {
      context.addIssue({ code: "custom", path: [twin], message: "is there already, in other letters" });
    }
  })
  .meta({ maxProperties: MOST_HEADERS });

/** Names that differ from an earlier one in the case of their letters only. */
function twinsIn(names: string[]): string[] {
  const firsts = new Map<string, string>();
  return names.filter((each) => {
    const first = firsts.get(each.toLowerCase());
    firsts.set(each.toLowerCase(), first ?? each);
    return first !== undefined;
  });
}
