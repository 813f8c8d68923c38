/** What can be done with keys, and how it is told: what was asked for on standard output, all else beside it. */
import { EXIT_CONFIG } from "../../shared/errors.ts";
import type { Keys } from "../../shared/store/keys.ts";
import { UnreadableRecordError } from "../../shared/store/record.ts";
import type { RedisClient } from "../../shared/store/redis.ts";
import { SealError } from "../../shared/webhook/seal.ts";
import type { Sealer } from "../../shared/webhook/seal.ts";
import type { KeyStore, MadeKey } from "./key-store.ts";
import { reencrypt } from "./reencrypt.ts";

/** `sealer`: null without ENCRYPTION_KEY. */
export type Installation = { redis: RedisClient; keys: Keys; sealer: Sealer | null };

/** Returns the exit code. */
export type Task = (store: KeyStore, installation: Installation) => Promise<number>;

const EXIT_FAILED = 1;

export async function create(store: KeyStore, tenant: string, name: string | null): Promise<number> {
  const { key, made } = await store.createKey(tenant, name);
  tell(`This is ${made.id}, a key for ${tenant}. It is shown this once: only its hash is kept.`);
  process.stdout.write(`${key}\n`);
  return 0;
}

export async function list(store: KeyStore, asJson: boolean): Promise<number> {
  const found = (await store.listKeys()).map(describe);
  if (asJson) process.stdout.write(`${JSON.stringify({ data: found }, null, 2)}\n`);
  else if (found.length === 0) tell("No key was made so far.");
  else process.stdout.write(asTable(found));
  return 0;
}

export async function revoke(store: KeyStore, id: string): Promise<number> {
  const revoked = await store.revokeKey(id);
  if (!revoked) return fail(`There is no key ${id}.`, EXIT_FAILED);
  const { tenant, revoked_at } = describe(revoked.key);
  const words = revoked.wasRevoked ? `was revoked already, at ${revoked_at}` : "is revoked";
  tell(`${id} of ${tenant} ${words}. It lets nobody in.`);
  return 0;
}

export async function resealAll({ redis, keys, sealer }: Installation): Promise<number> {
  if (!sealer) return fail("ENCRYPTION_KEY is not set: set `new,old`.", EXIT_CONFIG);
  try {
    const { tenants, endpoints, resealed } = await reencrypt(redis, keys, sealer);
    tell(`${resealed} of ${endpoints} endpoints of ${tenants} tenants were sealed anew.`);
    tell("The first ENCRYPTION_KEY opens all of them: the others can go.");
    return 0;
  } catch (error) {
    if (!(error instanceof SealError || error instanceof UnreadableRecordError)) throw error;
    return fail(`${error.message} No key may be taken away yet: run it again with all of them.`, EXIT_FAILED);
  }
}

export function fail(message: string, code: number): number {
  tell(message);
  return code;
}

const tell = (message: string): boolean => process.stderr.write(`${message}\n`);

const describe = ({ id, tenant, name, createdAt, revokedAt }: MadeKey) => ({
  id,
  tenant,
  name,
  created_at: new Date(createdAt).toISOString(),
  revoked_at: revokedAt === null ? null : new Date(revokedAt).toISOString(),
});

function asTable(found: ReturnType<typeof describe>[]): string {
  const head = ["ID", "TENANT", "NAME", "CREATED", "REVOKED"];
  const rows = [head, ...found.map((each) => Object.values(each).map((cell) => cell ?? "-"))];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}
