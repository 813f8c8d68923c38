// A reader of server-sent events that keeps what it gets.
import { request } from "undici";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { ACME } from "./api.ts";

const Message = z.object({ id: z.string(), event: z.string(), data: z.record(z.string(), z.unknown()) });
export type Message = z.infer<typeof Message>;

export type EventStream = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Everything that has come, as it came. */
  readonly text: string;
  readonly messages: readonly Message[];
  /** How many comments have come. */
  readonly comments: number;
  /** As a reader keeps it: the last id that has come, with a message or without. */
  readonly lastId: string;
  readonly hasEnded: boolean;
  /** Resolves when the server has ended it, to whether it did so in order. */
  ended: Promise<boolean>;
  /** Resolves as soon as what has come is as wanted; rejects when the stream ends before. */
  until: (isWanted: (stream: EventStream) => boolean) => Promise<void>;
  close: () => void;
};

export type ReadOptions = { key?: string; headers?: Record<string, string> };

/** Opens the stream of a job; closed with the test. */
export const openEvents = (url: string, id: string, options: ReadOptions = {}): Promise<EventStream> =>
  openStream(`${url}/v1/jobs/${id}`, options);

/** The same of whatever is streamed there. */
export async function openStream(
  url: string,
  { key = ACME, headers = {} }: ReadOptions = {},
): Promise<EventStream> {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const answer = await request(url, {
    headers: { authorization: `Bearer ${key}`, accept: "text/event-stream", ...headers },
    signal: stop.signal,
  });
  let text = "";
  /** The beginning of a block that is not complete yet. */
  let rest = "";
  let hasEnded = false;
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  const take = (chunk: string) => {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop() ?? "";
    text += chunk;
    messages.push(...blocks.flatMap(messageOf));
    for (const look of waiting) look();
  };
  const read = async (): Promise<boolean> => {
    try {
      answer.body.setEncoding("utf8");
      for await (const chunk of answer.body) take(String(chunk));
      return true;
    } catch {
      return false;
    } finally {
      hasEnded = true;
      for (const look of waiting) look();
    }
  };
  const stream: EventStream = {
    status: answer.statusCode,
    headers: answer.headers,
    get text() {
      return text;
    },
    messages,
    get lastId() {
      return /^id: (.*)$/m.exec(text.slice(text.lastIndexOf("\nid: ") + 1))?.[1] ?? "";
    },
    get comments() {
      return text.match(/^:/gm)?.length ?? 0;
    },
    get hasEnded() {
      return hasEnded;
    },
    ended: read(),
    until: (isWanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!isWanted(stream) && !hasEnded) return;
          waiting.delete(look);
          if (isWanted(stream)) resolve();
          else reject(new Error(`the stream has ended with ${messages.length} messages:\n${text}`));
        };
        waiting.add(look);
        look();
      }),
    close: () => stop.abort(),
  };
  return stream;
}

/** A block without data is no message: a comment, where the reader is, or how soon to come back. */
function messageOf(block: string): Message[] {
  const lines = block.split("\n").map((line) => /^([^:]*): ?(.*)$/s.exec(line) ?? []);
  const fields = new Map(lines.map(([, name = "", value = ""]) => [name, value]));
  if (!fields.has("data")) return [];
  return [
    Message.parse({
      id: fields.get("id"),
      event: fields.get("event"),
      data: JSON.parse(fields.get("data") ?? ""),
    }),
  ];
}
