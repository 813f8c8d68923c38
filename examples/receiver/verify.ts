import { createHmac, timingSafeEqual } from "node:crypto";

const TOLERANCE_S = 300;

/**
 * Whether Onetake sent these bytes within the last five minutes. `body`: as it came, before anything parses it. `headers`: by
 * their names in lower case. `secrets`: while they rotate, either may have signed. Throws when one of them is no secret.
 */
export function isGenuine(
  body: Buffer,
  headers: Record<string, string | string[] | undefined>,
  secrets: readonly string[],
  nowS = Date.now() / 1000,
): boolean {
  const keys = secrets.map(keyOf);
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = headers;
  if (typeof id !== "string" || typeof timestamp !== "string" || typeof signatures !== "string") return false;
  // A full stop in the id could make its end pass for the timestamp.
  if (id === "" || id.includes(".") || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowS - Number(timestamp)) > TOLERANCE_S) return false;
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const given = signatures.split(" ").map((signature) => Buffer.from(signature));
  return keys
    .map((key) => Buffer.from(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`))
    .some((right) => given.some((one) => one.length === right.length && timingSafeEqual(one, right)));
}

/** An empty or short key would let anybody sign. */
export function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  if (!secret.startsWith("whsec_") || key.length < 24) throw new Error("not a webhook secret: whsec_…");
  return key;
}
