import type { Readable } from "node:stream";

/** A body that ends within this leaves its connection fit for the next request; a longer one costs the connection. */
const MAX_READ_BYTES = 16 * 1024;
const MAX_SNIPPET_BYTES = 1024;

/**
 * Reads the beginning of an answer, at most 16 KiB, and returns up to 1 KiB of it as text; null when nothing is left.
 * Never rejects: a body that breaks off, or is destroyed at the deadline, ends here. What is `hidden` is left out: a
 * receiver may echo the headers that it got.
 */
export async function readSnippet(body: Readable, hidden: readonly string[] = []): Promise<string | null> {
  const text = without(hidden, printable(await readStart(body)));
  // Each byte that was no UTF-8 has become three, so the limit applies once more.
  return text === "" ? null : decodeStart(Buffer.from(text));
}

async function readStart(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    const stream: AsyncIterable<Buffer> = body;
    for await (const chunk of stream) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MAX_READ_BYTES) break;
    }
  } catch {
    // What has come so far is all there is.
  }
  return Buffer.concat(chunks);
}

/** Line ends become spaces; other control and formatting characters go, which could forge a line of a log or its order. */
function printable(bytes: Buffer): string {
  return new TextDecoder()
    .decode(bytes)
    .replaceAll(/[\s\u2028\u2029]+/g, " ")
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, "")
    .trim();
}

const without = (hidden: readonly string[], text: string): string =>
  hidden.reduce((left, value) => left.replaceAll(value, "[hidden]"), text);

/** The first 1 KiB, without the character that this would cut in two. */
function decodeStart(bytes: Buffer): string {
  return new TextDecoder().decode(bytes.subarray(0, MAX_SNIPPET_BYTES), { stream: true });
}
