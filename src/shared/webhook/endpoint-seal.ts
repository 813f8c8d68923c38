/** What of an endpoint is sealed, and what each seal is about. */
import { z } from "zod";

import type { Endpoint } from "../endpoint.ts";
import type { Sealer } from "./seal.ts";

const aboutSecret = (endpointId: string): string => `secret of ${endpointId}`;
const aboutHeaders = (endpointId: string): string => `headers of ${endpointId}`;

const Headers = z.record(z.string(), z.string());
type Headers = z.infer<typeof Headers>;

export const sealSecret = (sealer: Sealer, endpointId: string, secret: string): string =>
  sealer.seal(secret, aboutSecret(endpointId));

/** Throws a SealError. */
export const openSecret = (sealer: Sealer, endpointId: string, sealed: string): string =>
  sealer.open(sealed, aboutSecret(endpointId));

/** null without any. */
export const sealHeaders = (sealer: Sealer, endpointId: string, headers: Headers): string | null =>
  Object.keys(headers).length === 0 ? null : sealer.seal(JSON.stringify(headers), aboutHeaders(endpointId));

/** The custom headers, by their names. Throws a SealError. */
export const openHeaders = (sealer: Sealer, { id, headers }: Endpoint): Headers =>
  headers === null ? {} : Headers.parse(JSON.parse(sealer.open(headers, aboutHeaders(id))));
