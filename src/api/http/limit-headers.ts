/** The headers that tell callers of limits: draft-ietf-httpapi-ratelimit-headers-11. */
import type { FastifyReply } from "fastify";

/** `quota` and `remaining` in the limit's own units; `resetS`: seconds until there is room again. */
export type Limit = { name: string; quota: number; windowS?: number; remaining: number; resetS: number };

/** Adds a limit to those that the answer tells of already. */
export function announceLimit(reply: FastifyReply, limit: Limit): void {
  const { name, quota, windowS, remaining, resetS } = limit;
  append(reply, "ratelimit-policy", `"${name}";q=${quota}${windowS === undefined ? "" : `;w=${windowS}`}`);
  append(reply, "ratelimit", `"${name}";r=${remaining};t=${resetS}`);
}

function append(reply: FastifyReply, header: string, item: string): void {
  const present = reply.getHeader(header);
  reply.header(header, present === undefined ? item : `${String(present)}, ${item}`);
}
