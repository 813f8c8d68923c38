// Writes openapi.json from the routes' own schemas; with --check only compares.
import { pathToFileURL } from "node:url";

import type { FastifyInstance } from "fastify";

import { buildApp } from "../src/api/app.ts";
import { noProofs } from "../src/api/proofs.ts";
import { createChanges } from "../src/api/watch/changes.ts";
import { loadApiConfig } from "../src/shared/config.ts";
import { createLogger } from "../src/shared/logger.ts";
import type { Ledger } from "../src/shared/store/ledger.ts";
import { keepFile } from "./keep-file.ts";

const COMMAND = "node tools/openapi.ts";
const FILE = new URL("../openapi.json", import.meta.url);

/** The document as it should be. */
async function describeOpenApi(): Promise<string> {
  const app = buildUnaskedApp();
  await app.ready();
  const document = `${JSON.stringify(app.swagger(), null, 2)}\n`;
  await app.close();
  return document;
}

/** The whole API, with routes that nobody may call: there is no Redis behind them. */
export function buildUnaskedApp(): FastifyInstance {
  const config = loadApiConfig({
    API_KEYS: `nobody:${"-".repeat(24)}`,
    ADMIN_KEY: "+".repeat(24),
    WEBHOOK_SECRET: `whsec_${Buffer.alloc(24).toString("base64")}`,
  });
  const ledger = unaskedLedger();
  return buildApp({
    config,
    ledger,
    changes: createChanges(ledger.jobs),
    proofs: noProofs,
    isReady: () => false,
    log: createLogger("api", "silent"),
  });
}

/** Routes are made with a ledger, and ask it only when they are called. */
const unaskedLedger = (): Ledger => ({
  redis: unasked(),
  keys: unasked(),
  motor: unasked(),
  places: unasked(),
  policy: unasked(),
  jobs: unasked(),
  deliveries: unasked(),
  close: unasked(),
});

/**
 * Stands for whatever nobody will ask, so it fits every type. What is taken from it is as empty, and so is what it returns.
 * bull-board wants to read of its queues whose they are, before anybody asks for them.
 */
function unasked(): never {
  const words = new Map<string | symbol, unknown>([
    ["then", undefined],
    [Symbol.toPrimitive, () => "bullmq"],
  ]);
  const nothing: unknown = new Proxy(() => nothing, {
    get: (_target, name) => (words.has(name) ? words.get(name) : nothing),
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return nothing as never;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const text = await describeOpenApi();
  process.exitCode = await keepFile({ file: FILE, command: COMMAND, text }, process.argv.slice(2));
}
