/** The OpenAPI document, made of the routes' own schemas. */
import about from "../../../package.json" with { type: "json" };
import { securitySchemes } from "./access.ts";
import { createComponents } from "./components.ts";
import type { Json } from "./components.ts";
import { describeWebhooks } from "./events.ts";
import { describeOperation } from "./operation.ts";
import type { DocumentedRoute } from "./operation.ts";

const description = `Onetake is a durable queue for paid video generation: post a job, and a signed webhook tells when its video is there. Whatever crashes, a job is paid for once.

Send your key as \`Authorization: Bearer <key>\`. Another tenant's job is answered as one that does not exist.

**Idempotency.** Every POST takes an \`Idempotency-Key\`. The same key with the same body is answered with the same job and \`Idempotent-Replayed: true\`, however often it comes, even at once; with another body it is refused. After a timeout or a 503 repeat the request with the same key: it takes effect once.

**Errors** are \`application/problem+json\` (RFC 9457). Branch on \`code\`; a 422 lists every fault with its JSON Pointer. Beyond the answers that an operation lists, any route may answer 400 (a URL that cannot be read), 405, 408, 431 and 500, in the same form. A request without \`Host\`, or with an \`Expect\` that nobody knows, gets 400 or 417 without a body.

**Webhooks** follow Standard Webhooks 1.0.0. Verify \`webhook-signature\` over the body's exact bytes with a secret of \`GET /v1/webhook-secret\`, refuse an old \`webhook-timestamp\`, and deduplicate by \`webhook-id\`.

Answers may get new members: ignore those that you do not know. Times are ISO 8601 in UTC, money is in US dollars.`;

const tags = [
  { name: "Jobs", description: "Make, read, and decide about jobs." },
  { name: "Webhooks", description: "What Onetake sends, where to, and what it takes to verify it." },
  { name: "Events", description: "What the webhooks tell, in order, for whoever asks." },
  { name: "Deliveries", description: "What was sent where, what came of it, and to send it once more." },
  {
    name: "Operator",
    description: "For whoever runs the installation. They are there only if `ADMIN_KEY` is set.",
  },
  { name: "System", description: "For load balancers and tools. They need no key." },
];

/** `routes` in the order in which they shall appear. */
export function describeApi(routes: DocumentedRoute[]): Json {
  const components = createComponents();
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.url.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeOperation(route, components) };
  }
  const webhooks = describeWebhooks(components);
  return {
    openapi: "3.1.0",
    info: {
      title: "Onetake",
      version: about.version,
      description,
      license: { name: about.license, identifier: about.license },
    },
    servers: [{ url: "/" }],
    security: [{ tenantKey: [] }],
    tags: tags.filter(({ name }) => routes.some(({ schema }) => schema.tags?.includes(name))),
    paths,
    webhooks,
    components: { securitySchemes, ...components.all() },
  };
}
