import { onTestFinished } from "vitest";
import { buildApp } from "../../src/api/app.ts";
import { noProofs } from "../../src/api/proofs.ts";
import type { Proofs } from "../../src/api/proofs.ts";
import { createChanges } from "../../src/api/watch/changes.ts";
import type { Changes } from "../../src/api/watch/changes.ts";
import { listenForChanges } from "../../src/api/watch/listen.ts";
import { loadApiConfig } from "../../src/shared/config.ts";
import { openLedger } from "../../src/shared/store/ledger.ts";
import { connectRedis } from "../../src/shared/store/redis.ts";
import { apiEnvironment, caller } from "./api.ts";
import type { TestApi } from "./api.ts";
import { eventually } from "./eventually.ts";
import { openLogBook } from "./log-book.ts";

/** An API whose watches can be counted, and hinted at by hand; `app` shows its sockets. Closed with the test. */
export async function openWatchedApi(
  changes: Record<string, string> = {},
  proofs: Proofs = noProofs,
): Promise<TestApi & { changes: Changes; app: ReturnType<typeof buildApp> }> {
  const environment = apiEnvironment(changes);
  const config = loadApiConfig(environment);
  const logs = openLogBook("api");
  const { log } = logs;
  const redis = connectRedis(config.REDIS_URL, "producer", log);
  const ledger = openLedger(redis, config, log);
  const hub = createChanges(ledger.jobs);
  const heard = connectRedis(config.REDIS_URL, "listener", log);
  const listener = listenForChanges(heard, ledger.keys.changes, hub, log);
  const app = buildApp({ config, ledger, changes: hub, proofs, isReady: () => true, log });
  await eventually(() => redis.ping());
  const url = await app.listen({ port: 0 });
  const call = caller(url);
  const close = async () => {
    await app.close();
    await Promise.all([listener.close(), ledger.close()]);
  };
  onTestFinished(close);
  return {
    url,
    prefix: config.KEY_PREFIX,
    environment,
    logs,
    ledger,
    call,
    post: (body, options) => call("POST", "/v1/jobs", { body, ...options }),
    close,
    changes: hub,
    app,
  };
}
