// Keys and secrets of a demo are drawn at random; none is written into the repository.
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";

const newEncryptionKey = (): string => randomBytes(32).toString("base64");
const newKey = (kind: string): string => `${kind}_${randomBytes(24).toString("base64url")}`;

const Credentials = z.strictObject({
  apiKey: z.string(),
  /** The operator's, for the dashboard; a file of an earlier version has none. */
  adminKey: z.string().default(() => newKey("admin")),
  webhookSecret: z.string(),
  /** Of the webhook endpoints; a file of an earlier version has none. */
  encryptionKey: z.string().default(newEncryptionKey),
  /** Names the purchase: posting it again finds the job instead of buying another one. */
  purchase: z.string(),
  /** Where that job's webhook goes, once it has been posted. */
  receiverPort: z.number().nullable(),
});
export type Credentials = z.infer<typeof Credentials>;

export const newPurchase = (): string => `demo-${randomBytes(8).toString("hex")}`;

export const newCredentials = (): Credentials => ({
  apiKey: newKey("demo"),
  adminKey: newKey("admin"),
  encryptionKey: newEncryptionKey(),
  webhookSecret: `whsec_${randomBytes(32).toString("base64")}`,
  purchase: newPurchase(),
  receiverPort: null,
});

/** Those of the last run, so that a job which it bought and left under way is finished and not bought again. */
export async function keepCredentials(file: string): Promise<Credentials> {
  const kept = await readFile(file, "utf8").catch(() => undefined);
  if (kept !== undefined) return Credentials.parse(JSON.parse(kept));
  const credentials = newCredentials();
  await writeCredentials(file, credentials);
  return credentials;
}

export function writeCredentials(file: string, credentials: Credentials): Promise<void> {
  return writeFile(file, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
}
