/** The worker process: `node src/worker/main.ts`, any number of them. */
import { loadWorkerConfig } from "../shared/config.ts";
import { closeOnSignal, exitOnFault, orExit } from "../shared/lifecycle.ts";
import { createLogger } from "../shared/logger.ts";
import { startWorker } from "./worker.ts";

const config = orExit(() => loadWorkerConfig());
const log = createLogger("worker", config.LOG_LEVEL);
const worker = startWorker(config, log);
closeOnSignal(log, config.SHUTDOWN_TIMEOUT_MS, async () => (await worker).close());
await worker.catch(exitOnFault);
