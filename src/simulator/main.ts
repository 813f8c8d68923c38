import { EXIT_CONFIG } from "../shared/errors.ts";
import { closeOnSignal } from "../shared/lifecycle.ts";
import { createLogger } from "../shared/logger.ts";
import { readEnvironment, type Environment } from "./environment.ts";
import { buildReceiver } from "./receiver.ts";
import { buildSimulator } from "./simulator.ts";

const CLOSE_TIMEOUT_MS = 5000;

const environment = readEnvironment(process.env);
if ("faults" in environment) {
  process.stderr.write(
    `The simulator cannot start:\n${environment.faults.map((fault) => `  ${fault}\n`).join("")}`,
  );
  process.exitCode = EXIT_CONFIG;
} else {
  await start(environment);
}

async function start({ simulator: options, receiver: receiverOptions }: Environment): Promise<void> {
  const simulator = buildSimulator(options);
  const receiver = receiverOptions && buildReceiver(receiverOptions);
  closeOnSignal(createLogger("simulator", "fatal", process.stderr), CLOSE_TIMEOUT_MS, async () => {
    await Promise.all([simulator.close(), receiver?.close()]);
  });
  process.stdout.write(
    `Novita simulator: ${await simulator.listen()} (faults: /sim/faults, ledger: /sim/ledger)\n`,
  );
  if (receiver) process.stdout.write(`Webhook receiver: ${await receiver.listen()} (received: /received)\n`);
}
