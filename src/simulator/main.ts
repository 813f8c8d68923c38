import closeWithGrace from "close-with-grace";
import { readEnvironment, type Environment } from "./environment.ts";
import { buildReceiver } from "./receiver.ts";
import { buildSimulator } from "./simulator.ts";

const EX_CONFIG = 78;

const environment = readEnvironment(process.env);
if ("faults" in environment) {
  process.stderr.write(
    `The simulator cannot start:\n${environment.faults.map((fault) => `  ${fault}\n`).join("")}`,
  );
  process.exitCode = EX_CONFIG;
} else {
  await start(environment);
}

async function start({ simulator: options, receiver: receiverOptions }: Environment): Promise<void> {
  const simulator = buildSimulator(options);
  const receiver = receiverOptions && buildReceiver(receiverOptions);
  closeWithGrace(async ({ err }) => {
    if (err) process.stderr.write(`The simulator fails: ${err.stack ?? err.message}\n`);
    await Promise.all([simulator.close(), receiver?.close()]);
  });
  process.stdout.write(
    `Novita simulator: ${await simulator.listen()} (faults: /sim/faults, ledger: /sim/ledger)\n`,
  );
  if (receiver) process.stdout.write(`Webhook receiver: ${await receiver.listen()} (received: /received)\n`);
}
