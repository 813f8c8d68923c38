import type { IncomingHttpHeaders } from "node:http";

import { Problem } from "../problem.ts";

/**
 * Throws 403 when a browser says that another site's page has sent this, or will not say whose. Older browsers have no
 * `Sec-Fetch-Site`: their `Origin` names us only because our pages' Referrer-Policy lets them. Programs say nothing of the kind.
 */
export function refuseForeign(headers: IncomingHttpHeaders, publicUrl: string | null): void {
  const site = headers["sec-fetch-site"];
  const isOwn =
    site === undefined ? isOwnOrigin(headers, publicUrl) : site === "same-origin" || site === "none";
  if (!isOwn) throw new Problem("forbidden", "Another site's page has sent this.");
}

/** A proxy may call us by another name than browsers do. */
function isOwnOrigin({ origin, host }: IncomingHttpHeaders, publicUrl: string | null): boolean {
  if (origin === undefined) return true;
  const asker = URL.canParse(origin) ? new URL(origin).host : null;
  return asker !== null && (asker === host || asker === (publicUrl && new URL(publicUrl).host));
}
