/**
 * A destination is a tenant and the origin that it sends to: what can be slow, or dead, as a whole. However many addresses
 * share one host, they are one destination.
 */
import { createHash } from "node:crypto";

/** Enough of a digest that no two origins of a tenant meet. */
const DIGEST_LENGTH = 22;

/**
 * The destination's name in keys and queue entries: the tenant and a digest, since an address may have to be forgotten. An
 * erased delivery's is that of no address.
 */
export const destinationOf = (tenant: string, url: string): string =>
  `${tenant}:${createHash("sha256").update(originOf(url)).digest("base64url").slice(0, DIGEST_LENGTH)}`;

/** Scheme, host and port; '' when there is no address. */
export const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : "");

export const tenantOf = (destination: string): string => destination.slice(0, destination.indexOf(":"));
