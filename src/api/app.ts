/** The API, put together: what every request passes, in order, and the routes. */
import Fastify, { LogController } from "fastify";
import type { FastifyInstance } from "fastify";
import type { z } from "zod";

import type { ApiConfig } from "../shared/config.ts";
import type { Logger, ProcessLogger } from "../shared/logger.ts";
import { createMetrics } from "../shared/metrics/metrics.ts";
import type { Ledger } from "../shared/store/ledger.ts";
import { readOverview } from "../shared/store/overview.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import { readSwitch } from "../shared/store/submissions.ts";
import { sealerOf } from "../shared/webhook/seal.ts";
import { createAuth } from "./auth.ts";
import type { Authenticate, Caller } from "./auth.ts";
import { dashboardRoutes } from "./dashboard.ts";
import { createIdempotency } from "./idempotency.ts";
import { createKeyStore } from "./keys/key-store.ts";
import { describeRoutes } from "./openapi.ts";
import type { Proofs } from "./proofs.ts";
import { answerClientError, answerError, InvalidInput, Problem, sendProblem } from "./problem.ts";
import { hangUpOnClose } from "./http/hang-up.ts";
import { acceptJson } from "./http/json.ts";
import { refuseOtherMethods, rememberPaths } from "./http/other-methods.ts";
import { createRateLimit } from "./http/rate-limit.ts";
import type { CountRequest } from "./http/rate-limit.ts";
import { logAtEnd, loggersFor, logRequests } from "./http/request-log.ts";
import { adminRoutes } from "./routes/admin.ts";
import { decisionRoutes } from "./routes/decisions.ts";
import { deliveryRoutes } from "./routes/deliveries.ts";
import { endpointActionRoutes } from "./routes/endpoint-actions.ts";
import { endpointRoutes } from "./routes/endpoints.ts";
import { erasureRoutes } from "./routes/erasure.ts";
import { eventRoutes } from "./routes/events.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { listRoutes } from "./routes/lists.ts";
import { recoveryRoutes } from "./routes/recoveries.ts";
import { systemRoutes } from "./routes/system.ts";
import { videoRoutes } from "./routes/video.ts";
import { watchRoutes } from "./routes/watch.ts";
import { webhookRoutes } from "./routes/webhooks.ts";
import { noQuery } from "./schemas.ts";
import type { Changes } from "./watch/changes.ts";

declare module "fastify" {
  interface FastifyBaseLogger {
    tell: Logger["tell"];
  }
  interface FastifyRequest {
    caller: Caller;
    /** The body as it came, before defaults. */
    sent: unknown;
  }
}

const BODY_LIMIT = 65_536;
/** A request must have arrived in full by then, in ms: nobody keeps a connection busy by sending slowly. */
const REQUEST_TIMEOUT_MS = 15_000;

export type AppDeps = {
  config: ApiConfig;
  ledger: Ledger;
  changes: Changes;
  proofs: Proofs;
  isReady: () => boolean;
  log: ProcessLogger;
};

export function buildApp({ config, ledger, changes, proofs, isReady, log }: AppDeps): FastifyInstance {
  const app: FastifyInstance = Fastify({
    ...loggersFor(log),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "request_id" }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Node takes the longer of the two timeouts, and looks every 30 s unless told otherwise.
    http: { headersTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: 1000 },
    requestIdHeader: false,
    genReqId: () => crypto.randomUUID(),
    // An id that is too long is an unknown one: Node bounds the URL.
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: (error, request, reply) => {
      logAtEnd(request, reply);
      void answerError(error, request, reply);
    },
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
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) =>
    httpPart === "headers" ? () => true : validate(schema, httpPart ?? "body"),
  );
  // The schemas of answers are for the document; that they hold is a matter of types and tests.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  acceptJson(app);
  logRequests(app);
  hangUpOnClose(app, REQUEST_TIMEOUT_MS);
  app.addHook("preClose", async () => changes.release());
  const paths = rememberPaths(app);
  describeRoutes(app);
  const checkReady = async () => isReady() && (await isAnswering(ledger.redis));
  const writeMetrics = createMetrics({ process: "api", log, readOverview: () => readOverview(ledger) });
  app.register(async (open) => systemRoutes(open, { checkReady, writeMetrics, adminKey: config.ADMIN_KEY }));
  const made = createKeyStore(ledger.redis, ledger.keys);
  const authenticate = createAuth({ apiKeys: config.API_KEYS, adminKey: config.ADMIN_KEY, made });
  app.register(async (guarded) => {
    const countRequest = await createRateLimit(guarded, ledger.redis, ledger.keys, config.RATE_LIMIT_RPM);
    guardRoutes(guarded, { authenticate, countRequest, isReady });
    keyedRoutes(guarded, { config, ledger, changes, proofs, authenticate });
  });
  app.register((admin) => dashboardRoutes(admin, { ...ledger, config, authenticate, isReady }));
  app.register(async (rest) => refuseOtherMethods(rest, paths));
  return app;
}

type Keyed = Pick<AppDeps, "config" | "ledger" | "changes" | "proofs"> & { authenticate: Authenticate };

/** The routes that take a key, in the order of the document. */
function keyedRoutes(app: FastifyInstance, { config, ledger, changes, proofs, authenticate }: Keyed): void {
  const idempotency = createIdempotency(ledger.redis, ledger.keys, config.REQUIRE_IDEMPOTENCY_KEY);
  const deps = { jobs: ledger.jobs, changes, proofs, authenticate, idempotency, limits: config, config };
  jobRoutes(app, deps);
  watchRoutes(app, deps);
  decisionRoutes(app, { ...deps, readSwitch: () => readSwitch(ledger.redis, ledger.keys) });
  videoRoutes(app, deps);
  erasureRoutes(app, deps);
  const rest = { ...ledger, idempotency, retentionS: config.RETENTION_S, config };
  listRoutes(app, rest);
  webhookRoutes(app, rest);
  eventRoutes(app, { ...rest, changes, authenticate });
  const endpoints = { ...rest, changes, sealer: sealerOf(config.ENCRYPTION_KEY) };
  endpointRoutes(app, endpoints);
  endpointActionRoutes(app, endpoints);
  deliveryRoutes(app, rest);
  recoveryRoutes(app, rest);
  if (config.ADMIN_KEY !== undefined) app.register(async (admin) => adminRoutes(admin, rest));
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

type Guards = {
  authenticate: Authenticate;
  countRequest: CountRequest;
  isReady: () => boolean;
};

/** Nothing can be decided without Redis, not even whose key it is; then who is calling, and how often; then what they sent. */
function guardRoutes(app: FastifyInstance, { authenticate, countRequest, isReady }: Guards): void {
  app.decorateRequest("sent", null);
  app.addHook("onRoute", (route) => {
    route.schema = { querystring: noQuery, ...route.schema };
  });
  app.addHook("onRequest", async (request, reply) => {
    reply.header("cache-control", "no-store");
    if (!isReady()) throw new Problem("unavailable", "Redis cannot be reached. Try again shortly.");
    request.caller = await authenticate(request);
    await countRequest(request, reply);
  });
  app.addHook("preValidation", async (request) => {
    request.sent = request.body;
  });
}
