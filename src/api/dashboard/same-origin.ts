import type { IncomingHttpHeaders } from "node:http";

import { Problem } from "../problem.ts";

/**
 * Throws 403 when a browser says that another site's page has sent this. `Sec-Fetch-Site` speaks first: our own forms have
 * `Origin: null`, since our pages tell nobody where they are. Programs say nothing of the kind.
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
