/**
 * Who may read `/metrics`: whoever has the operator's key, and whoever is on this machine. A proxy on this machine speaks
 * for others, and says so in its headers; a page that a browser was lured to names another host.
 */
import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

import { bearerOf, digestOf } from "../bearer.ts";
import { isLoopbackAddress, isLoopbackHost } from "../loopback.ts";

export function mayReadMetrics({ address, headers }: Visitor, adminKey: string | undefined): boolean {
  const key = bearerOf(headers);
  const isOperator =
    adminKey !== undefined && key !== undefined && timingSafeEqual(digestOf(adminKey), digestOf(key));
  if (isOperator) return true;
  return (
    isLoopbackAddress(address) && namesLoopback(headers.host) && !Object.keys(headers).some(tellsOfProxy)
  );
}

/** `address`: of the socket's other end. */
export type Visitor = { address: string; headers: IncomingHttpHeaders };

function namesLoopback(host: string | undefined): boolean {
  const url = `http://${host}`;
  return host !== undefined && URL.canParse(url) && isLoopbackHost(new URL(url).hostname);
}

const tellsOfProxy = (header: string): boolean =>
  header === "forwarded" || header === "via" || header.startsWith("x-forwarded-");
