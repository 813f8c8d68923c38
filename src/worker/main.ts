/** The worker process: `node src/worker/main.ts`, any number of them. */
import { loadWorkerConfig } from "../shared/config.ts";
import { closeOnSignal, orExit } from "../shared/lifecycle.ts";
import { createLogger } from "../shared/logger.ts";
import { startWorker } from "./worker.ts";

const config = orExit(() => loadWorkerConfig());
const log = createLogger("worker", config.LOG_LEVEL);
const worker = await startWorker(config, log);
closeOnSignal(log, config.SHUTDOWN_TIMEOUT_MS, () => worker.close());
