import { request } from "undici";
import { onTestFinished } from "vitest";
import { buildSimulator, type Simulator, type SimulatorOptions } from "../../src/simulator/simulator.ts";

export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Buffer;
  readonly text: string;
  /** @throws SyntaxError when the body is no JSON */
  readonly json: unknown;
}

export interface Client {
  simulator: Simulator;
  /** How long to wait for an answer. */
  patienceMs: number;
  /** Moves the simulator's clock. */
  advance: (ms: number) => void;
  submit: (prompt: string, fields?: object) => Promise<Reply>;
  /** Submits and returns the id of the last task in the ledger, whatever the answer was. */
  buy: (prompt: string, fields?: object) => Promise<string>;
  look: (taskId: string) => Promise<Reply>;
  control: (method: "GET" | "POST" | "DELETE", path: string, body?: object) => Promise<Reply>;
}

export const START = Date.UTC(2026, 0, 2, 3, 4, 5);
const PATIENCE_MS = 2_000;
const KEY = { authorization: "Bearer test-key" };

/** Starts a simulator on a clock that stands still, with generation times that do not matter. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Client> {
  let now = START;
  const simulator = buildSimulator({ clock: () => now, ...options });
  onTestFinished(() => simulator.close());
  const url = await simulator.listen();
  const client: Client = {
    simulator,
    patienceMs: PATIENCE_MS,
    advance: (ms) => (now += ms),
    submit: (prompt, fields = {}) =>
      call(`${url}/v3/async/wan2.7-t2v`, {
        method: "POST",
        headers: KEY,
        json: { prompt, ...fields },
        timeoutMs: client.patienceMs,
      }),
    buy: async (prompt, fields) => {
      await client.submit(prompt, fields);
      const id = simulator.ledger.tasks.at(-1)?.id;
      if (id === undefined) throw new Error("nothing was sold");
      return id;
    },
    look: (taskId) =>
      call(`${url}/v3/async/task-result?task_id=${taskId}`, { headers: KEY, timeoutMs: client.patienceMs }),
    control: (method, path, body) => call(`${url}${path}`, { method, ...(body && { json: body }) }),
  };
  return client;
}

export interface CallOptions {
  method?: "GET" | "POST" | "DELETE" | "PUT";
  headers?: Record<string, string>;
  body?: string | Buffer;
  json?: unknown;
  timeoutMs?: number;
}

export async function call(url: string, options: CallOptions = {}): Promise<Reply> {
  const { method = "GET", headers = {}, body, json, timeoutMs = PATIENCE_MS } = options;
  const answer = await request(url, {
    method,
    headers: json === undefined ? headers : { "content-type": "application/json", ...headers },
    body: json === undefined ? (body ?? null) : JSON.stringify(json),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  return new CallReply(answer.statusCode, answer.headers, bytes);
}

/** Reads the body only when asked to, since half of the faults make it unreadable. */
class CallReply implements Reply {
  readonly status: number;
  readonly headers: Reply["headers"];
  readonly bytes: Buffer;

  constructor(status: number, headers: Reply["headers"], bytes: Buffer) {
    this.status = status;
    this.headers = headers;
    this.bytes = bytes;
  }

  get text(): string {
    return this.bytes.toString();
  }

  get json(): unknown {
    return JSON.parse(this.text);
  }
}

export function statusOf({ text }: Reply): string | undefined {
  return /"status":"(\w*)"/.exec(text)?.[1];
}

export function urlOf({ text }: Reply): string {
  return /"video_url":"([^"]*)"/.exec(text)?.[1] ?? "";
}
