/** The API process: `node src/api/main.ts`, any number of them. */
import { loadApiConfig } from "../shared/config.ts";
import { closeOnSignal, orExit } from "../shared/lifecycle.ts";
import { createLogger } from "../shared/logger.ts";
import { startApi } from "./api.ts";

const config = orExit(() => loadApiConfig());
const log = createLogger("api", config.LOG_LEVEL);
const api = await startApi(config, log);
closeOnSignal(log, config.SHUTDOWN_TIMEOUT_MS, api.close);
