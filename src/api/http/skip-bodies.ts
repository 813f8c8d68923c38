import type { FastifyInstance } from "fastify";

/** What comes with a DELETE means nothing (RFC 9110, 9.3.5), so nobody reads it, and it cannot be wrong. */
export function skipBodies(app: FastifyInstance): void {
  // Fastify refuses a type that is none before it looks for a parser.
  app.addHook("onRequest", async ({ headers }) => {
    delete headers["content-type"];
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => {
    payload.resume();
    done(null);
  });
}
