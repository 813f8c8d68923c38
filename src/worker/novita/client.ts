import { Agent, Client, type Dispatcher } from "undici";

import type { Deadline } from "../deadline.ts";
import {
  type Answer,
  type LookOutcome,
  type SubmitOutcome,
  classifyBrokenSubmit,
  classifyLook,
  classifySubmit,
} from "./classify.ts";

/**
 * Opens a client of Novita's asynchronous API, or of a sister host that speaks the same wire.
 *
 * Nothing is ever sent twice, and no redirect is followed, so the key goes to `baseUrl` only.
 * @throws {TypeError} when `baseUrl` is not a URL
 */
export function createNovitaClient(options: NovitaClientOptions): NovitaClient {
  const { apiKey, pollTimeoutMs, lateAnswerMs } = options;
  const { origin, pathname } = new URL(options.baseUrl);
  const prefix = pathname.replace(/\/+$/, "");
  const headers = {
    authorization: `Bearer ${apiKey}`,
    accept: "application/json",
    "accept-encoding": "identity",
    "user-agent": "onetake",
  };
  const looks = new Agent({ ...TRANSPORT, connectTimeout: pollTimeoutMs });
  const posts = new Set<Client>();

  async function post(path: string, body: string, deadline: Deadline): Promise<Ending> {
    const remainingMs = Math.max(1, deadline.remainingMs());
    // A client of its own is a connection of its own: a kept one may be dead already, and its reset would make
    // the outcome needlessly unknown.
    const client = new Client(origin, { ...TRANSPORT, connectTimeout: remainingMs });
    const exchange = new Exchange(SUBMIT_ANSWER_BYTES, () => !deadline.isPast());
    const connectTimer = startTimer(() => exchange.stopConnecting(), remainingMs);
    const answerTimer = startTimer(() => exchange.cut("no answer in time"), remainingMs + lateAnswerMs);
    posts.add(client);
    client.dispatch(
      {
        path: prefix + path,
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body,
        reset: true,
      },
      exchange,
    );
    const ending = await exchange.ended;
    clearTimeout(connectTimer);
    clearTimeout(answerTimer);
    posts.delete(client);
    void client.destroy();
    return ending;
  }

  async function get(path: string): Promise<Ending> {
    const exchange = new Exchange(LOOK_ANSWER_BYTES, () => true);
    const timer = startTimer(() => exchange.cut("no answer in time"), pollTimeoutMs);
    looks.dispatch({ origin, path: prefix + path, method: "GET", headers }, exchange);
    const ending = await exchange.ended;
    clearTimeout(timer);
    return ending;
  }

  return {
    async submit(path, body, deadline) {
      const json = JSON.stringify(body);
      if (looks.destroyed) return { kind: "unsent", cause: "connect", message: "the client is closed" };
      if (deadline.isPast()) return UNSENT_LATE;
      return concludeSubmit(hideKey(await post(path, json, deadline), apiKey));
    },
    async look(taskId) {
      const query = new URLSearchParams({ task_id: taskId }).toString();
      return concludeLook(hideKey(await get(`/v3/async/task-result?${query}`), apiKey), taskId);
    },
    async close() {
      await Promise.all([looks, ...posts].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

/** Where Novita is and how long to wait for it; all times in milliseconds. */
export type NovitaClientOptions = {
  /** `https://host[:port][/prefix]`; the paths of the API are appended to it. */
  baseUrl: string;
  apiKey: string;
  /** One look, from DNS to the last byte. */
  pollTimeoutMs: number;
  /** How long after its deadline a submit that was sent is still listened to. */
  lateAnswerMs: number;
};

/** The two requests that Onetake makes of Novita. */
export type NovitaClient = {
  /**
   * POSTs `body` as JSON to `path` (with a leading slash), at most once.
   *
   * No byte of the request leaves once `deadline` is past. The promise settles when the exchange has really
   * ended, up to `lateAnswerMs` after the deadline, so that a late task id still arrives: callers that cannot
   * wait race it against the deadline. Never rejects, except when `body` cannot be put as JSON.
   */
  submit(path: string, body: object, deadline: Deadline): Promise<SubmitOutcome>;
  /** GETs the task's result. Settles within `pollTimeoutMs` and never rejects. */
  look(taskId: string): Promise<LookOutcome>;
  /** Cuts what still runs: a submit that was sent becomes `unknown`, so await those first. */
  close(): Promise<void>;
};

const SUBMIT_ANSWER_BYTES = 256 * 1024;
const LOOK_ANSWER_BYTES = 1024 * 1024;

/**
 * Times are ours, over the whole exchange: undici's own restart with every byte. Its connect timeout stays on,
 * only to free the socket of an exchange that was given up before it was connected.
 */
const TRANSPORT = { allowH2: false, headersTimeout: 0, bodyTimeout: 0 };

const UNSENT_LATE = {
  kind: "unsent",
  cause: "deadline",
  message: "the deadline passed before the request could be sent",
} as const;

/** How an exchange ended: with a whole answer, before its first byte, or broken off after it. */
type Ending =
  | { kind: "answered"; answer: Answer }
  | Extract<SubmitOutcome, { kind: "unsent" }>
  | { kind: "broken"; partial: Answer | null; message: string };

/**
 * One HTTP exchange, sent at most once.
 *
 * undici calls `onRequestStart` in the very tick that writes the request to the connected socket, right before it
 * does (`writeH1` in its `lib/dispatcher/client-h1.js`), and an abort in there keeps every byte back. So what
 * happens before this hook is certainly unsent, and all that happens after it may have reached Novita.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly ended: Promise<Ending>;
  readonly #settle: (ending: Ending) => void;
  readonly #maxBytes: number;
  readonly #mayDispatch: () => boolean;
  #controller: Dispatcher.DispatchController | null = null;
  #hasEnded = false;
  #head: Omit<Answer, "body"> | null = null;
  #chunks: Buffer[] = [];
  #size = 0;

  /** `mayDispatch` is asked at the last moment before the bytes leave; a longer body than `maxBytes` is not read. */
  constructor(maxBytes: number, mayDispatch: () => boolean) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#settle = resolve;
    this.#maxBytes = maxBytes;
    this.#mayDispatch = mayDispatch;
  }

  /** Ends the exchange as it stands: unsent if nothing has left, else broken. */
  cut(message: string): void {
    this.#end(
      this.#controller
        ? { kind: "broken", partial: this.#received(), message }
        : { kind: "unsent", cause: "connect", message },
    );
  }

  /** Ends the exchange unless the request is on its way. */
  stopConnecting(): void {
    if (!this.#controller) this.cut("no connection in time");
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // undici puts a request back into its queue when the socket closes with an error it holds for harmless, and
    // would then send it again.
    if (this.#controller) this.cut("the connection closed and the request was not sent again");
    else if (!this.#mayDispatch()) this.#end(UNSENT_LATE);
    if (this.#hasEnded) controller.abort(new Error("not sent"));
    else this.#controller = controller;
  }

  /** Called once more for each interim (1xx) answer: the last one counts. */
  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    const retryAfter = headers["retry-after"];
    this.#head = { status, retryAfter: typeof retryAfter === "string" ? retryAfter : null };
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    this.#chunks.push(chunk);
    if (this.#head && this.#size > this.#maxBytes) {
      this.#end({ kind: "answered", answer: { ...this.#head, body: null } });
    }
  }

  onResponseEnd(): void {
    const answer = this.#received();
    if (answer) this.#conclude({ kind: "answered", answer });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.cut(nameError(error));
  }

  /** Ends an exchange that may still be under way. */
  #end(ending: Ending): void {
    this.#conclude(ending);
    // Without effect on a request that is complete, whose connection is then kept.
    this.#controller?.abort(new Error("cut off"));
  }

  #conclude(ending: Ending): void {
    this.#hasEnded = true;
    this.#settle(ending);
  }

  #received(): Answer | null {
    return this.#head && { ...this.#head, body: new TextDecoder().decode(Buffer.concat(this.#chunks)) };
  }
}

/** Lets the sockets be read first: when the process was frozen, the answer may be waiting there at the timeout. */
function startTimer(onTimeout: () => void, ms: number): NodeJS.Timeout {
  return setTimeout(() => setImmediate(onTimeout), ms);
}

function concludeSubmit(ending: Ending): SubmitOutcome {
  if (ending.kind === "answered") return classifySubmit(ending.answer, Date.now());
  if (ending.kind === "unsent") return ending;
  const message = `The request was sent, and its answer did not come whole (${ending.message}).`;
  return classifyBrokenSubmit(ending.partial, message);
}

function concludeLook(ending: Ending, taskId: string): LookOutcome {
  if (ending.kind === "answered") return classifyLook(ending.answer, taskId, Date.now());
  return { kind: "unavailable", message: ending.message, retryAfterMs: null, alarm: false, upstream: null };
}

/** Novita may repeat a wrong key in its message, and messages end up in records and logs. */
function hideKey(ending: Ending, apiKey: string): Ending {
  // A key this short is a stand-in, and could be part of any word of the answer.
  if (ending.kind !== "answered" || apiKey.length < 16) return ending;
  const body = ending.answer.body?.replaceAll(apiKey, "[key]") ?? null;
  return { ...ending, answer: { ...ending.answer, body } };
}

/** The code alone: messages of socket and TLS errors carry addresses and certificates. */
function nameError(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
