/** The API's description: `/openapi.json` for tools, `/docs` for people. Neither needs a key or Redis. */
import swagger from "@fastify/swagger";
import type { SwaggerTransformObject } from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance, RouteOptions } from "fastify";
import { z } from "zod";

import { answer } from "./answers.ts";
import { forAnybody } from "./openapi/access.ts";
import type { Json } from "./openapi/components.ts";
import { describeApi } from "./openapi/document.ts";
import type { DocumentedRoute } from "./openapi/operation.ts";

/** Every route that is added afterwards and has an `operationId` is part of the document. */
export function describeRoutes(app: FastifyInstance): void {
  const routes: DocumentedRoute[] = [];
  app.addHook("onRoute", (route) => void routes.push(...documented(route)));
  // The plugins keep the document and show it. Their own conversion of routes would lose what stands beside a reference,
  // call every body required, and knows nothing of answers' headers.
  app.register(swagger, {
    openapi: { openapi: "3.1.0" },
    transform: ({ url }) => ({ schema: { hide: true }, url }),
    transformObject: () => asDocument(describeApi(routes)),
  });
  app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { title: "Onetake API" },
    // Without the bar on top, which asks for the address of another document and styles itself in ways that are barred.
    uiConfig: { layout: "BaseLayout", deepLinking: true, docExpansion: "list" },
  });
  app.register(async (open) => {
    open.get("/openapi.json", openApiRoute, () => ({ ...app.swagger() }));
  });
}

/** What the page may load: its own files, and the document from its own origin. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const openApiRoute = {
  schema: {
    operationId: "getOpenApi",
    tags: ["System"],
    summary: "Get this document",
    description: "The description of this API, as OpenAPI 3.1. `/docs` shows it as a page.",
    security: forAnybody,
    response: { 200: answer(z.record(z.string(), z.unknown()), "An OpenAPI document.") },
  },
};

/** HEAD goes with GET. */
function documented({ method, url, schema }: RouteOptions): DocumentedRoute[] {
  if (!schema?.operationId) return [];
  const methods = [method].flat().filter((name) => name !== "HEAD");
  return methods.map((name) => ({ method: name, url, schema }));
}

/** The plugin's types know each part of a document; ours is a plain object, which the linter of documents checks. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const asDocument = (document: Json) => document as ReturnType<SwaggerTransformObject>;
