// Stands in for Novita and for the receiver of webhooks, as cheaply as Node can, in the benchmark's own process: the
// product's simulator is a Fastify application with books, and would take a good part of what is measured.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { LOOKS_A_JOB } from "./settings.ts";

const GIVE_UP_MS = 60_000;

export class StandIn {
  url = "";
  /** Since the last `clear`, but `submits`, whose number names the tasks. */
  readonly counts = { submits: 0, looks: 0 };
  readonly #isEndless: boolean;
  readonly #looksAt = new Map<string, number>();
  readonly #delivered = new Set<string>();
  readonly #held: (() => void)[] = [];
  #isHolding = false;
  /** Hears the body of each event as soon as it is there; null: nobody reads them. */
  onEvent: ((body: string) => void) | null = null;
  /** After each request that was answered. */
  #onAnswer = () => {};

  readonly #server = createServer((request, response) => {
    const parts: Buffer[] = [];
    if (this.onEvent) request.on("data", (part: Buffer) => parts.push(part));
    else request.resume();
    request.once("end", () => {
      if (request.url?.startsWith("/webhook")) this.onEvent?.(Buffer.concat(parts).toString());
      if (this.#isHolding) this.#held.push(() => this.#answer(request, response));
      else this.#answer(request, response);
    });
  });

  /** `isEndless`: no task ever ends. */
  constructor({ isEndless }: { isEndless: boolean }) {
    this.#isEndless = isEndless;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    this.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  }

  /** Where events go. */
  get webhook(): string {
    return `${this.url}/webhook`;
  }

  /** From now on nothing is answered, and so nothing gets on. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Answers all that has come meanwhile. */
  release(): void {
    this.#isHolding = false;
    for (const resume of this.#held.splice(0)) resume();
  }

  /** Resolves when `most` events have arrived, each counted once. */
  untilDelivered(most: number): Promise<void> {
    return this.#until(most, "webhooks", () => this.#delivered.size);
  }

  /** Resolves when `most` tasks have been sold. */
  untilSold(most: number): Promise<void> {
    return this.#until(most, "paid requests", () => this.counts.submits);
  }

  /** Rejects when they do not come. */
  async #until(most: number, what: string, count: () => number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = () => reject(new Error(`${count()} of ${most} ${what} came within a minute`));
    const timer = setTimeout(giveUp, GIVE_UP_MS);
    this.#onAnswer = () => count() >= most && resolve();
    this.#onAnswer();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#onAnswer = () => {};
    });
  }

  /** Forgets what was looked at and delivered, for the next run. */
  clear(): void {
    this.#delivered.clear();
    this.#looksAt.clear();
    this.counts.looks = 0;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer({ url = "", method, headers }: IncomingMessage, response: ServerResponse): void {
    if (url.startsWith("/webhook")) {
      this.#delivered.add(String(headers["webhook-id"]));
      response.writeHead(204).end();
    } else if (method === "POST") {
      this.counts.submits += 1;
      sendJson(response, `{"task_id":"task-${this.counts.submits}"}`);
    } else {
      this.counts.looks += 1;
      sendJson(response, this.#look(url.slice(url.lastIndexOf("=") + 1)));
    }
    this.#onAnswer();
  }

  #look(task: string): string {
    if (this.#isEndless) return taskResult(task, "PROCESSING", 10);
    const n = (this.#looksAt.get(task) ?? 0) + 1;
    this.#looksAt.set(task, n);
    return n < LOOKS_A_JOB ? taskResult(task, "PROCESSING", n * 30) : taskResult(task, "SUCCEED", 100);
  }
}

function sendJson(response: ServerResponse, body: string): void {
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  response.writeHead(200, headers).end(body);
}

const VIDEO =
  '{"video_url":"https://cdn.example/video.mp4?signature=0123456789abcdef","video_url_ttl":"3600","video_type":"mp4"}';

const taskResult = (task: string, status: string, progress: number): string =>
  `{"extra":{"seed":"1","enable_nsfw_detection":false},"task":{"task_id":"${task}","status":"TASK_STATUS_${status}",` +
  `"reason":"","task_type":"WAN_2_7_TXT_TO_VIDEO","eta":0,"progress_percent":${progress}},"images":[],` +
  `"videos":[${status === "SUCCEED" ? VIDEO : ""}],"audios":[]}`;
