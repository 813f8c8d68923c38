/** The API process: `node src/api/main.ts`, any number of them. */
import { loadApiConfig } from "../shared/config.ts";
import { closeOnSignal, exitOnFault, orExit } from "../shared/lifecycle.ts";
import { createLogger } from "../shared/logger.ts";
import { startApi } from "./api.ts";

const config = orExit(() => loadApiConfig());
const log = createLogger("api", config.LOG_LEVEL);
const api = startApi(config, log);
closeOnSignal(log, config.SHUTDOWN_TIMEOUT_MS, async () => (await api).close());
await api.catch(exitOnFault);
