/**
 * Who may read `/metrics`: whoever has the operator's key, and whoever is on this machine. A proxy on this machine speaks
 * for others, and says so in its headers; a page that a browser was lured to names another host.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

import { isLoopbackAddress, isLoopbackHost } from "../loopback.ts";

export type Visitor = { address: string; headers: IncomingHttpHeaders };

export function mayReadMetrics({ address, headers }: Visitor, adminKey: string | undefined): boolean {
  const [, key] = /^Bearer ([\x21-\x7e]+)$/i.exec(headers.authorization ?? "") ?? [];
  if (adminKey !== undefined && key !== undefined && timingSafeEqual(digest(adminKey), digest(key)))
    return true;
  return (
    isLoopbackAddress(address) && namesLoopback(headers.host) && !Object.keys(headers).some(tellsOfProxy)
  );
}

const digest = (key: string): Buffer => createHash("sha256").update(key).digest();

function namesLoopback(host: string | undefined): boolean {
  const url = `http://${host}`;
  return host !== undefined && URL.canParse(url) && isLoopbackHost(new URL(url).hostname);
}

const tellsOfProxy = (header: string): boolean =>
  header === "forwarded" || header === "via" || header.startsWith("x-forwarded-");
