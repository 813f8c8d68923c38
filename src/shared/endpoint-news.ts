/** What events tell of an endpoint: enough to know which one it is and how it stands, and nothing that is sealed. */
import type { Endpoint } from "./endpoint.ts";
import { isoOrNull } from "./wire.ts";

/** `failingSince` in Redis' ms; null: its last attempt was a success, or there was none yet. */
export const endpointNews = (endpoint: Endpoint, failingSince: number | null) => ({
  endpoint: {
    id: endpoint.id,
    url: endpoint.url,
    status: endpoint.status,
    disabled_reason: endpoint.disabledReason,
    disabled_at: isoOrNull(endpoint.disabledAt),
    failing_since: isoOrNull(failingSince),
  },
});
