/** The API, put together: what every request passes, in order, and the routes. */
import Fastify, { LogController } from "fastify";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import type { z } from "zod";

import type { ApiConfig } from "../shared/config.ts";
import type { Logger } from "../shared/logger.ts";
import type { Ledger } from "../shared/store/ledger.ts";
import { createAuth } from "./auth.ts";
import type { Caller } from "./auth.ts";
import { createIdempotency } from "./idempotency.ts";
import { answerError, InvalidInput, Problem, sendProblem } from "./problem.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { systemRoutes } from "./routes/system.ts";

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
    routerOptions: { maxParamLength: 200 },
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
  systemRoutes(app, isReady);
  app.register(async (guarded) => {
    guardRoutes(guarded, createAuth(config.API_KEYS, config.ADMIN_KEY), isReady);
    const idempotency = createIdempotency(ledger.redis, ledger.keys, config.REQUIRE_IDEMPOTENCY_KEY);
    jobRoutes(guarded, { jobs: ledger.jobs, idempotency, config });
  });
  return app;
}

const validate = (schema: z.ZodType, part: string) => (data: unknown) => {
  const result = schema.safeParse(data);
  return result.success ? { value: result.data } : { error: new InvalidInput(part, result.error.issues) };
};

/** JSON and nothing else; an empty body is no body. */
function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else void parse(request, String(body), (error, value) => done(error && malformed(error), value));
  });
}

const malformed = (error: Error): Problem =>
  new Problem("malformed", `The body is not valid JSON: ${error.message}`);

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
    request.log[reply.statusCode >= 500 ? "error" : "info"](fields, "http.request");
  });
}
