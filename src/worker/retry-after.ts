const MAX_MS = 7 * 24 * 60 * 60 * 1_000;

/**
 * How long a receiver asks us to stay away: milliseconds from `nowMs`, 0 for a time that has passed, at most seven days,
 * null when the header says nothing that we understand.
 *
 * Takes both forms of RFC 9110, section 10.2.3: whole seconds, and a date in any of the three spellings of section 5.6.7.
 */
export function parseRetryAfter(header: string, nowMs: number): number | null {
  const text = header.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : parseHttpDate(text, nowMs) - nowMs;
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), MAX_MS);
}

const TIME = String.raw`(?<time>\d\d:\d\d:\d\d)`;
const HTTP_DATES = [
  new RegExp(String.raw`^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) ${TIME} GMT$`),
  new RegExp(String.raw`^[A-Z][a-z]+day, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) ${TIME} GMT$`),
  new RegExp(String.raw`^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`),
];

/** Epoch ms, or NaN. `Date.parse` alone would read the third spelling as local time, and guess at garbage. */
function parseHttpDate(text: string, nowMs: number): number {
  const parts = HTTP_DATES.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (parts === undefined) return Number.NaN;
  const { day = "", month = "", year = "", time = "" } = parts;
  return Date.parse(`${day.trim()} ${month} ${fullYear(year, nowMs)} ${time} GMT`);
}

/** Two digits that seem more than 50 years ahead mean the past century (RFC 9110, section 5.6.7). */
function fullYear(year: string, nowMs: number): number {
  if (year.length === 4) return Number(year);
  const thisYear = new Date(nowMs).getUTCFullYear();
  const candidate = thisYear - (thisYear % 100) + Number(year);
  return candidate > thisYear + 50 ? candidate - 100 : candidate;
}
