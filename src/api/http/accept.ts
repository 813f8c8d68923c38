/** `Accept` (RFC 9110, 12.5.1), between the two forms in which a job can be followed. */
import { parseList } from "./header-list.ts";
import type { Listed } from "./header-list.ts";

/** Whether the caller would rather have events than JSON. Of two that it likes alike, the one that it names more closely; else JSON. */
export function prefersEvents(header: string | undefined): boolean {
  const ranges = parseList(header ?? "*/*");
  const events = preferenceFor("text/event-stream", ranges);
  const json = preferenceFor("application/json", ranges);
  if (events.quality !== json.quality) return events.quality > json.quality;
  return events.quality > 0 && events.precision > json.precision;
}

/** `precision`: how closely the range that decides names the type. */
function preferenceFor(type: string, ranges: Listed[]): { quality: number; precision: number } {
  const names = ["*/*", `${type.split("/")[0]}/*`, type];
  for (const precision of [2, 1, 0]) {
    const range = ranges.find(({ name }) => name === names[precision]);
    if (range) return { quality: qualityOf(range), precision };
  }
  return { quality: 0, precision: 0 };
}

/** What is no quality is none. */
function qualityOf({ parameters }: Listed): number {
  const text = parameters.get("q") ?? "1";
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}
