import type { FastifyInstance } from "fastify";

import { Problem } from "../problem.ts";

/** JSON and nothing else; an empty body is no body. */
export function acceptJson(app: FastifyInstance): void {
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
