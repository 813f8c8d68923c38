// Just enough of Redis' wire protocol (RESP 2 and 3) to tell where one message ends and what a request says.

const LF = 10;

/** Cuts a stream of bytes into whole messages. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    let from = 0;
    for (let end = frameEnd(bytes, from); end !== null; end = frameEnd(bytes, from)) {
      frames.push(bytes.subarray(from, end));
      from = end;
    }
    this.#rest = bytes.subarray(from);
    return frames;
  }
}

/** The words of a request, which is an array of bulk strings. */
export function wordsOf(request: Buffer): string[] {
  const words: string[] = [];
  let at = lineEnd(request, 0) ?? request.length;
  while (at < request.length) {
    const start = lineEnd(request, at) ?? request.length;
    const end = start + sizeAt(request, at, start);
    words.push(request.toString("utf8", start, end));
    at = end + 2;
  }
  return words;
}

/** What the server says of its own accord, which answers no request. */
export const isPush = (frame: Buffer): boolean => frame[0] === code(">");

export const isError = (frame: Buffer): boolean => frame[0] === code("-");

/** How many messages belong to one of these, for a size of 1; all others are a line, or a line and so many bytes. */
const NESTED = new Map([
  [code("*"), 1],
  [code("~"), 1],
  [code(">"), 1],
  [code("%"), 2],
  [code("|"), 2],
]);
const SIZED = new Set([code("$"), code("="), code("!")]);

/** The place after the message that starts at `from`; null when it has not all come yet. */
function frameEnd(bytes: Buffer, from: number): number | null {
  const start = lineEnd(bytes, from);
  if (start === null) return null;
  const kind = bytes[from] ?? 0;
  if (SIZED.has(kind)) {
    const size = sizeAt(bytes, from, start);
    const end = size < 0 ? start : start + size + 2;
    return end <= bytes.length ? end : null;
  }
  // An attribute comes before the message that it belongs to.
  const own = kind === code("|") ? 1 : 0;
  const parts = Math.max(0, sizeAt(bytes, from, start)) * (NESTED.get(kind) ?? 0) + own;
  let at: number | null = start;
  for (let part = 0; part < parts && at !== null; part++) at = frameEnd(bytes, at);
  return at;
}

function lineEnd(bytes: Buffer, from: number): number | null {
  const at = bytes.indexOf(LF, from);
  return at < 0 ? null : at + 1;
}

/** The number after the first byte; 0 for a line that holds none. */
const sizeAt = (bytes: Buffer, from: number, lineEndsAt: number): number =>
  Number.parseInt(bytes.toString("latin1", from + 1, lineEndsAt - 2), 10) || 0;

function code(character: string): number {
  return character.charCodeAt(0);
}
