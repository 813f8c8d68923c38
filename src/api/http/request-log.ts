import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifyServerOptions,
} from "fastify";

import type { ProcessLogger } from "../../shared/logger.ts";
import { ownerOfKeys } from "../auth.ts";

/** One canonical line a request, also when its caller goes before the answer is complete; the URL's query stays out. */
export function logRequests(app: FastifyInstance): void {
  app.addHook("onRequest", async (request, reply) => logAtEnd(request, reply));
}

/** For a request that comes by no hook, since it leads to no route. */
export function logAtEnd(request: FastifyRequest, reply: FastifyReply): void {
  reply.raw.once("close", () => logRequest(request, reply));
}

/** Fastify's own messages are not in the catalogue, so only its warnings pass. Loggers of requests keep LOG_LEVEL. */
export const loggersFor = (log: ProcessLogger): Loggers => ({
  loggerInstance: log.isLevelEnabled("info") ? log.child({}, { level: "warn" }) : log,
  childLoggerFactory: (_own, bindings, options) => log.child(bindings, options),
});

type Loggers = Pick<FastifyServerOptions, "childLoggerFactory"> & { loggerInstance: FastifyBaseLogger };

function logRequest(request: FastifyRequest, reply: FastifyReply): void {
  const { caller } = request;
  const fields = {
    method: request.method,
    route: request.routeOptions.url ?? "unknown",
    http_status: reply.statusCode,
    cut_off: reply.raw.writableFinished ? undefined : true,
    duration_ms: Math.round(reply.elapsedTime),
    tenant: caller && ownerOfKeys(caller),
    key: caller?.as === "tenant" ? caller.keyId : undefined,
  };
  request.log.tell("http.request", fields, levelOf(fields.route, reply.statusCode));
}

const probes: ReadonlySet<string> = new Set(["/livez", "/readyz", "/metrics"]);

/** Probes come all the time, and what they find is logged where it happens. */
function levelOf(route: string, status: number): "debug" | "info" | "error" {
  if (probes.has(route)) return "debug";
  return status >= 500 ? "error" : "info";
}
