/** The API's connections, put together. It closes in reverse order. */
import type { ApiConfig } from "../shared/config.ts";
import { SetupError } from "../shared/errors.ts";
import { listenOrFault } from "../shared/lifecycle.ts";
import type { Logger, ProcessLogger } from "../shared/logger.ts";
import { keepContact } from "../shared/store/contact.ts";
import type { Contact, Judge } from "../shared/store/contact.ts";
import { openLedger } from "../shared/store/ledger.ts";
import type { Ledger } from "../shared/store/ledger.ts";
import { checkDurability, createProver } from "../shared/store/durability.ts";
import { connectRedis, isConnected, PROOF_WAIT_MS } from "../shared/store/redis.ts";
import { requireSealKeys } from "../shared/store/seal-proof.ts";
import { sealerOf } from "../shared/webhook/seal.ts";
import { buildApp } from "./app.ts";
import { createProofs, noProofs } from "./proofs.ts";
import type { Proofs } from "./proofs.ts";
import { createChanges } from "./watch/changes.ts";
import { createKeyStore } from "./keys/key-store.ts";
import { listenForChanges } from "./watch/listen.ts";

export type RunningApi = { url: string; close: () => Promise<void> };

/** Listens at once; routes that need Redis answer 503 until it has been reached and meets the requirements. */
export async function startApi(config: ApiConfig, log: ProcessLogger): Promise<RunningApi> {
  const redis = connectRedis(config.REDIS_URL, "producer", log);
  const ledger = openLedger(redis, config, log);
  const checkProofs = checkDurability("INTAKE_DURABILITY", config.INTAKE_DURABILITY, log);
  const judge: Judge = async (offered, isFirst) => {
    checkProofs(offered);
    if (!isFirst) return;
    await requireKeys(config, ledger);
    await requireSealKeys(redis, ledger.keys, sealerOf(config.ENCRYPTION_KEY));
  };
  const contact = keepContact({ redis, log, judge, key: ledger.keys.proof });
  const isReady = () => contact.offered() !== null && isConnected(redis);
  const changes = createChanges(ledger.jobs);
  const heard = connectRedis(config.REDIS_URL, "listener", log);
  const listener = listenForChanges(heard, ledger.keys.changes, changes, log);
  const proofs = openProofs(config, ledger, contact, log);
  const app = buildApp({ config, ledger, changes, proofs, isReady, log });
  const address = { host: config.HOST, port: config.PORT };
  const url = await listenOrFault("HOST and PORT", () => app.listen(address));
  log.tell("api.listening", { url });

  async function close(): Promise<void> {
    contact.stop();
    await app.close();
    await Promise.all([listener.close(), proofs.close(), ledger.close()]);
  }

  return { url, close };
}

function openProofs(config: ApiConfig, { keys }: Ledger, contact: Contact, log: Logger): Proofs {
  const wanted = config.INTAKE_DURABILITY;
  if (wanted === "memory") return noProofs;
  const { offered, lookAgain } = contact;
  const prove = createProver({
    wanted,
    offered,
    key: keys.proof,
    waitMs: PROOF_WAIT_MS,
    onFailure: lookAgain,
  });
  return createProofs(connectRedis(config.REDIS_URL, "proof", log), prove, log);
}

/** An API that nobody can call is a fault of its set-up; later on keys may come and go. */
async function requireKeys(config: ApiConfig, { redis, keys }: Ledger): Promise<void> {
  if (config.API_KEYS !== undefined || (await createKeyStore(redis, keys).hasKeys())) return;
  throw new SetupError([
    "there are no API keys: make one with `npm run keys -- create <tenant>`, or set API_KEYS=tenant:key",
  ]);
}
