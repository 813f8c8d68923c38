/** The API, put together: what every request passes, in order, and the routes. */
import Fastify, { LogController } from "fastify";
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";

import type { ApiConfig } from "../shared/config.ts";
import type { Logger } from "../shared/logger.ts";
import type { Ledger } from "../shared/store/ledger.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { createAuth } from "./auth.ts";
import type { Caller } from "./auth.ts";
import { createIdempotency } from "./idempotency.ts";
import { answerClientError, answerError, InvalidInput, Problem, sendProblem } from "./problem.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { systemRoutes } from "./routes/system.ts";
import { webhookRoutes } from "./routes/webhooks.ts";

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller;
    /** The body as it came, before defaults. */
    sent: unknown;
  }
}

const BODY_LIMIT = 65_536;
/** A request must have arrived in full by then, in ms: nobody keeps a connection busy by sending slowly. */
const REQUEST_TIMEOUT_MS = 15_000;

export type AppDeps = { config: ApiConfig; ledger: Ledger; isReady: () => boolean; log: Logger };

export function buildApp({ config, ledger, isReady, log }: AppDeps): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log;
  const app: FastifyInstance = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "request_id" }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    // An id that is too long is an unknown one: Node bounds the URL.
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    clientErrorHandler: answerClientError,
    // Requests that arrive while the process stops are still answered; their connections then close.
    return503OnClosing: false,
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      new Problem("not_found", `There is no ${request.method} ${request.url.split("?")[0]}.`),
      request,
      reply,
    ),
  );
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => validate(schema, httpPart ?? "body"));
  acceptJson(app);
  logRequests(app);
  hangUpOnClose(app);
  const known = rememberMethods(app);
  systemRoutes(app, async () => isReady() && (await isAnswering(ledger.redis)));
  app.register(async (guarded) => {
    guardRoutes(guarded, createAuth(config.API_KEYS, config.ADMIN_KEY), isReady);
    const idempotency = createIdempotency(ledger.redis, ledger.keys, config.REQUIRE_IDEMPOTENCY_KEY);
    jobRoutes(guarded, { jobs: ledger.jobs, idempotency, config });
    webhookRoutes(guarded, config);
  });
  app.register(async (rest) => refuseOtherMethods(rest, known));
  return app;
}

/** A frozen server keeps its connection; only an answer proves that it is there. */
const isAnswering = (redis: RedisClient): Promise<boolean> =>
  redis.ping().then(
    () => true,
    () => false,
  );

const validate = (schema: z.ZodType, part: string) => (data: unknown) => {
  const result = schema.safeParse(data);
  return result.success ? { value: result.data } : { error: new InvalidInput(part, result.error.issues) };
};

/** JSON and nothing else; an empty body is no body. */
function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    const text = decodeUtf8(body);
    if (text === "") done(null, undefined);
    else if (text === null) done(new Problem("malformed", "The body is not valid UTF-8."));
    else void parse(request, text, done);
  });
}

/** null: a decoder that replaces what it cannot read would buy another prompt than the one that was sent. */
function decodeUtf8(body: Buffer | string): string | null {
  if (typeof body === "string") return body;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return null;
  }
}

/** The methods of each route, as routes are added. */
function rememberMethods(app: FastifyInstance): Map<string, string[]> {
  const known = new Map<string, string[]>();
  app.addHook("onRoute", ({ url, method }) => {
    known.set(url, [...(known.get(url) ?? []), ...[method].flat()]);
  });
  return known;
}

/** A route that exists says which methods it knows. */
function refuseOtherMethods(app: FastifyInstance, known: Map<string, string[]>): void {
  for (const [url, allowed] of known) {
    const method = app.supportedMethods.filter((name) => !allowed.includes(name));
    const refuse = async (_request: FastifyRequest, reply: FastifyReply) => {
      reply.header("allow", allowed.join(", "));
      throw new Problem("method_not_allowed", `Use ${allowed.join(" or ")}.`);
    };
    app.route({ url, method, exposeHeadRoute: false, onRequest: refuse, handler: refuse });
  }
}

/** Nothing can be decided without Redis, not even whose key it is; then who is calling; then what they sent. */
function guardRoutes(
  app: FastifyInstance,
  authenticate: ReturnType<typeof createAuth>,
  isReady: () => boolean,
): void {
  app.decorateRequest("sent", null);
  app.addHook("onRequest", async (request, reply) => {
    reply.header("cache-control", "no-store");
    if (!isReady()) throw new Problem("unavailable", "Redis cannot be reached. Try again shortly.");
    request.caller = authenticate(request);
  });
  app.addHook("preValidation", async (request) => {
    request.sent = request.body;
  });
}

/** An answer to a request that was under way when the process began to stop ends its connection too: nobody waits for an idle caller. */
function hangUpOnClose(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook("preClose", async () => {
    isClosing = true;
  });
  app.addHook("onSend", async (_request, reply) => {
    if (isClosing) reply.header("connection", "close");
  });
}

/** One canonical line a request; the URL's query stays out. */
function logRequests(app: FastifyInstance): void {
  app.addHook("onResponse", async (request, reply) => {
    const caller = request.caller?.as === "tenant" ? request.caller.tenant : request.caller?.as;
    const fields = {
      method: request.method,
      route: request.routeOptions.url ?? "unknown",
      status: reply.statusCode,
      duration_ms: Math.round(reply.elapsedTime),
      tenant: caller,
    };
    request.log[levelOf(fields.route, reply.statusCode)](fields, "http.request");
  });
}

/** Probes come all the time, and what they find is logged where it happens. */
function levelOf(route: string, status: number): "debug" | "info" | "error" {
  if (route === "/livez" || route === "/readyz") return "debug";
  return status >= 500 ? "error" : "info";
}
