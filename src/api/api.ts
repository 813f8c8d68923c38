/** The API's connections, put together. It closes in reverse order. */
import type { ApiConfig } from "../shared/config.ts";
import { listenOrFault } from "../shared/lifecycle.ts";
import type { Logger } from "../shared/logger.ts";
import { keepContact } from "../shared/store/contact.ts";
import { openLedger } from "../shared/store/ledger.ts";
import { connectRedis, isConnected } from "../shared/store/redis.ts";
import { buildApp } from "./app.ts";

export type RunningApi = { url: string; close: () => Promise<void> };

/** Listens at once; routes that need Redis answer 503 until it has been reached and will do. */
export async function startApi(config: ApiConfig, log: Logger): Promise<RunningApi> {
  const redis = connectRedis(config.REDIS_URL, "producer", log);
  const ledger = openLedger(redis, config, log);
  const contact = keepContact(redis, log, () => undefined);
  const isReady = () => contact.offered() !== null && isConnected(redis);
  const app = buildApp({ config, ledger, isReady, log });
  const address = { host: config.HOST, port: config.PORT };
  const url = await listenOrFault("HOST and PORT", () => app.listen(address));
  log.info({ url }, "api.listening");

  async function close(): Promise<void> {
    contact.stop();
    await app.close();
    await ledger.close();
  }

  return { url, close };
}
