/** Methods that a route does not know. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { Problem } from "../problem.ts";

/** The paths of all routes, as routes are added. */
export function rememberPaths(app: FastifyInstance): Set<string> {
  const paths = new Set<string>();
  app.addHook("onRoute", ({ url }) => void paths.add(url));
  return paths;
}

/** A route that exists says which methods it knows. */
export function refuseOtherMethods(app: FastifyInstance, paths: Set<string>): void {
  for (const url of paths) {
    const allowed = app.supportedMethods.filter((method) => app.hasRoute({ url, method }));
    const method = app.supportedMethods.filter((name) => !allowed.includes(name));
    const refuse = async (_request: FastifyRequest, reply: FastifyReply) => {
      reply.header("allow", allowed.join(", "));
      throw new Problem("method_not_allowed", `Use ${allowed.join(" or ")}.`);
    };
    const hidden = { hide: true };
    app.route({ url, method, schema: hidden, exposeHeadRoute: false, onRequest: refuse, handler: refuse });
  }
}
