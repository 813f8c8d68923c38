import { fastify, type FastifyInstance, type FastifyRequest } from "fastify";
import { giveAnswer } from "./answer.ts";
import { ReceiverPlan, answerStep, type Step } from "./receiver-plan.ts";
import { Mailbox, type Received } from "./mailbox.ts";

export interface ReceiverOptions {
  host?: string;
  /** 0, the default, takes any free port. */
  port?: number;
  /** Epoch milliseconds. */
  clock?: () => number;
}

/** A webhook receiver: it keeps every request, to any path, and answers by plan; 204 when there is none. */
export interface Receiver {
  /** Returns the URL. */
  listen(): Promise<string>;
  /** Empty until `listen` has resolved. */
  readonly url: string;
  close(): Promise<void>;
  readonly received: readonly Received[];
  /** Answers the next requests whose URL holds no plan of its own; the last step is repeated. */
  answerWith(...steps: Step[]): void;
  /** Resolves with the first request, past or future, that fits. @throws Error after `timeoutMs`, or on `close` */
  waitFor(predicate: (received: Received) => boolean, timeoutMs?: number): Promise<Received>;
  reset(): void;
}

export function buildReceiver({
  host = "127.0.0.1",
  port = 0,
  clock = Date.now,
}: ReceiverOptions = {}): Receiver {
  const mailbox = new Mailbox();
  const plan = new ReceiverPlan();
  const closing = new AbortController();
  const app = fastify({ forceCloseConnections: true, bodyLimit: 10_485_760 });
  const reset = () => {
    mailbox.clear();
    plan.clear();
  };
  app.addHook("preClose", async () => {
    closing.abort();
    mailbox.close();
  });
  takeRawBodies(app);
  app.get("/received", () => ({ received: mailbox.received.map(showReceived) }));
  app.post("/reset", (_request, reply) => {
    reset();
    return reply.code(204).send();
  });
  app.all("/*", async (request, reply) => {
    const step = plan.next(request.url);
    if (step === undefined) return reply.code(400).send({ error: "the plan in the query cannot be read" });
    mailbox.add(readRequest(request, clock()));
    await giveAnswer(reply, answerStep(step), closing.signal);
    return reply;
  });
  let url = "";
  return {
    received: mailbox.received,
    listen: async () => (url = await app.listen({ host, port })),
    close: () => app.close(),
    answerWith: (...steps) => plan.set(steps),
    waitFor: (predicate, timeoutMs = 5_000) => mailbox.waitFor(predicate, timeoutMs),
    reset,
    get url() {
      return url;
    },
  };
}

/** A signature covers the bytes as they came, so nothing may parse them first. */
function takeRawBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
}

function readRequest({ method, url, headers, body }: FastifyRequest, at: number): Received {
  return { at, method, path: url, headers, body: Buffer.isBuffer(body) ? body : Buffer.alloc(0) };
}

function showReceived({ at, body, ...rest }: Received): object {
  return {
    ...rest,
    at: new Date(at).toISOString(),
    body: body.toString(),
    body_base64: body.toString("base64"),
  };
}
