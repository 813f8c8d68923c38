/** How the text of a variable becomes a value; a text that does not is a fault, told in words that follow its name. */
import { z } from "zod";

export const DAY_S = 86_400;
export const MAX_TIMEOUT_S = 604_800;

export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, "must be a whole number")
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must lie between ${min} and ${max}`);

export const port = integer(0, 65_535);
export const requestTimeoutMs = integer(100, 600_000);

export const flag = z.enum(["true", "false"], "must be true or false").transform((text) => text === "true");

export const parsed = <T>(parse: (text: string) => T | null, expected: string) =>
  z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== null) return value;
    context.addIssue({ code: "custom", message: expected });
    return z.NEVER;
  });

export const list = <T>(parse: (text: string) => T | null, expected: string) =>
  parsed((text) => {
    const items = text.split(",").map((item) => parse(item.trim()));
    return items.some((item) => item === null) ? null : items.filter((item) => item !== null);
  }, expected);

/** An http(s) URL without a trailing slash. */
export const webUrl = parsed(parseWebUrl, "must be an http(s) URL without query");

function parseWebUrl(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || /[?#]/.test(text) || url.username || url.password)
    return null;
  return url.href.replace(/\/+$/, "");
}

/** A CONNECT proxy, with a user and a password perhaps. */
export const proxyUrl = parsed(
  parseProxyUrl,
  "must be http:// or https://, perhaps user:password@, host:port and nothing more",
);

function parseProxyUrl(text: string): URL | null {
  const url = /^https?:\/\/[^/?#\\\s]+\/?$/i.test(text) ? URL.parse(text) : null;
  return url && hasReadableUser(url) ? url : null;
}

/** `%` that begins no percent-encoding would only show in the first request. */
function hasReadableUser({ username, password }: URL): boolean {
  try {
    return !/\p{Cc}/u.test(decodeURIComponent(username + password));
  } catch {
    return false;
  }
}

export type ApiKey = { tenant: string; key: string };

export const apiKeys = parsed(
  parseApiKeys,
  "must be tenant:key[,tenant:key…]; tenant of a-z 0-9 -, at most 40; key of 24 or more characters; no key twice",
);

function parseApiKeys(text: string): ApiKey[] | null {
  const keys = text
    .split(",")
    .map((pair) => /^([a-z0-9-]{1,40}):([\x21-\x2b\x2d-\x7e]{24,})$/.exec(pair.trim()));
  if (keys.some((match) => match === null)) return null;
  const pairs = keys.map((match) => ({ tenant: match?.[1] ?? "", key: match?.[2] ?? "" }));
  return new Set(pairs.map(({ key }) => key)).size === pairs.length ? pairs : null;
}

/** Micro-dollars a second by `model:tier`. */
export const prices = parsed(
  parsePrices,
  "must be model:tier=dollars a second, separated by commas, such as wan2.7-t2v:720P=0.10",
);

function parsePrices(text: string): Map<string, number> | null {
  const found = new Map<string, number>();
  for (const pair of text.split(",")) {
    const [, name = "", amount = ""] = /^([\w.-]+:[\w.-]+)=([\d.]+)$/.exec(pair.trim()) ?? [];
    const price = parseDollars(amount);
    if (price === null) return null;
    found.set(name, price);
  }
  return found;
}

/** Micro-dollars. */
export const dollars = parsed(parseDollars, "must be US dollars, such as 250 or 12.50");

function parseDollars(text: string): number | null {
  const [, whole, micros = ""] = /^(\d{1,6})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  return whole === undefined ? null : Number(whole + micros.padEnd(6, "0"));
}
