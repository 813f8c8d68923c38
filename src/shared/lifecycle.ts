/** The life of a process: it starts or says why not, and shuts down gracefully within its time. */
import { EXIT_CONFIG, SetupError } from "./errors.ts";
import type { Logger } from "./logger.ts";
import { within } from "./within.ts";

/** One Ctrl-C may arrive twice, from the terminal and from npm; only a later one means haste. */
const SAME_SIGNAL_MS = 1000;

/** Ends the process with exit code 78 and every fault on a line of its own. */
export function exitOnFault(error: unknown): never {
  if (!(error instanceof SetupError)) throw error;
  const faults = error.faults.map((fault) => `  - ${fault}\n`).join("");
  process.stderr.write(`Onetake cannot start. Please change:\n${faults}`);
  process.exit(EXIT_CONFIG);
}

/** Listens, and says of an address that cannot be had which variable to change. */
export async function listenOrFault(variable: string, listen: () => Promise<string>): Promise<string> {
  try {
    return await listen();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!/^(EADDRINUSE|EACCES|EADDRNOTAVAIL|ENOTFOUND)$/.test(code)) throw error;
    throw new SetupError([`${variable}: nobody can listen at this address (${code})`]);
  }
}

/** Runs a step of starting up; a fault of the configuration ends the process. */
export function orExit<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    return exitOnFault(error);
  }
}

/**
 * On SIGTERM or SIGINT: `close`, then exit 0; on an error that nobody caught: the same, then exit 1. Whatever hangs, the
 * process ends after `timeoutMs`.
 */
export function closeOnSignal(log: Logger, timeoutMs: number, close: () => Promise<void>): void {
  let stoppingSince: number | null = null;
  let failed = false;
  const fail = (error: unknown) => {
    failed = true;
    log.tell("process.failed", { err: error });
  };
  const stop = async () => {
    if (stoppingSince !== null) {
      if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    const closed = await within(
      timeoutMs,
      close().catch((error: unknown) => fail(error)),
    );
    log.tell("process.stopped", { closed });
    // pino's own last flush tries for ever when nobody reads any more.
    await log.flush();
    process.exit(closed && !failed ? 0 : 1);
  };
  const onSignal = (signal: string) => {
    log.tell("process.stopping", { signal });
    void stop();
  };
  const onError = (error: unknown) => {
    fail(error);
    void stop();
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  process.on("uncaughtException", onError);
  process.on("unhandledRejection", onError);
}
