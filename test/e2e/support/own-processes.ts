// Onetake in this process, where its own life is not what the test is about.
import { startApi } from "../../../src/api/api.ts";
import { loadApiConfig, loadWorkerConfig } from "../../../src/shared/config.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { startWorker } from "../../../src/worker/worker.ts";
import { untilReady } from "./caller.ts";
import type { OnEnd } from "./on-end.ts";
import { settings } from "./settings.ts";

type Places = Parameters<typeof settings>[0];

/** Returns its URL. */
export async function openOwnApi(places: Places, onEnd: OnEnd): Promise<string> {
  const api = await startApi(loadApiConfig(settings(places)), createLogger("api", "silent"));
  onEnd(() => api.close());
  await untilReady(api.url);
  return api.url;
}

/** Closed by whoever asks for it, or at the end. */
export async function openOwnWorker(
  places: Places,
  wanted: Record<string, string>,
  onEnd: OnEnd,
): Promise<() => Promise<void>> {
  const config = loadWorkerConfig(settings(places, wanted));
  const worker = await startWorker(config, createLogger("worker", "silent"));
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= worker.close());
  onEnd(close);
  return close;
}
