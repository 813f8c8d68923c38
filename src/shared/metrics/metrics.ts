/**
 * What `/metrics` shows, in Prometheus' text format: what the process has counted, and what Redis knows. While Redis
 * cannot be asked the latter is left out, since an old or empty number would look like a true one.
 */
import { collectDefaultMetrics, Registry } from "prom-client";

import about from "../../../package.json" with { type: "json" };
import type { Logger } from "../logger.ts";
import type { Overview } from "../store/overview.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import { resultWithin } from "../within.ts";
import { countLines } from "./count-lines.ts";
import { gauge } from "./instruments.ts";
import { showOverview } from "./show-overview.ts";

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** A scrape does not wait longer for a Redis that is slow or frozen. */
const PATIENCE_MS = 1000;

type MetricsDeps = {
  process: "api" | "worker";
  log: Pick<Logger, "heardBy">;
  /** Rejects, or takes long, when Redis cannot be asked. */
  readOverview: () => Promise<Overview>;
  /** MAX_IN_FLIGHT, which workers know. */
  slotsLimit?: number;
};

/** Returns what writes the page. */
export function createMetrics({
  process,
  log,
  readOverview,
  slotsLimit,
}: MetricsDeps): () => Promise<string> {
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  log.heardBy(countLines(own));
  const build = gauge(own, "build_info", "1, with the version that runs.", ["version", "process"]);
  build.set({ version: about.version, process }, 1);
  const up = gauge(own, "redis_up", "1: Redis answers this process.");
  if (slotsLimit !== undefined) gauge(own, "slots_limit", "MAX_IN_FLIGHT of this worker.").set(slotsLimit);
  const installation = new Registry();
  const show = showOverview(installation);
  const read = oneAtATime(readOverview);

  return async () => {
    const overview = await resultWithin(
      PATIENCE_MS,
      read().catch(() => null),
    );
    up.set(Number(overview !== null));
    if (overview === null) return own.metrics();
    show(overview);
    return `${await own.metrics()}${await installation.metrics()}`;
  };
}
