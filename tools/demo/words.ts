// What the demo says before it starts, and when its jobs have come to their ends.
import { setTimeout as delay } from "node:timers/promises";
import type { Installation } from "./installation.ts";
import type { Event } from "./job.ts";
import type { Screen } from "./screen.ts";

const SECOND_THOUGHTS_MS = 5_000;

/** Buying needs no asking twice in a script; a person at a terminal gets some seconds to think again. */
export async function warnOfCost(screen: Screen, signal: AbortSignal): Promise<void> {
  if ((process.env["NOVITA_API_KEY"] ?? "") === "") return;
  screen.say();
  screen.say("NOVITA_API_KEY IS SET, SO THIS RUN BUYS ONE VIDEO FROM NOVITA: 2 seconds, 1280*720.", "loud");
  screen.say("Novita charges its price for 2 seconds of the 720P tier. Unset the key to use the simulator.");
  screen.say(
    "A run that is stopped half-way buys nothing anew next time: the job is found and followed to its end.",
  );
  if (process.stdout.isTTY) {
    screen.say(`Ctrl-C within ${SECOND_THOUGHTS_MS / 1000} seconds stops it before anything is bought.`);
    await delay(SECOND_THOUGHTS_MS, undefined, { signal });
  }
}

export function showEnd(screen: Screen, { simulatorUrl }: Installation, event: Event): void {
  const url = event.data.job.video?.url ?? "";
  screen.say("\nEach job was paid for once, and each webhook is verified.\n", "good");
  screen.fact("video", url);
  screen.fact(
    "",
    simulatorUrl ? "(a test picture, served by the simulator)" : "(the link dies within the hour)",
  );
}

/** Where to look while it is up. */
export function showPlaces(screen: Screen, installation: Installation): void {
  const { apiUrl, receiver, credentials, simulatorUrl } = installation;
  showDashboard(screen, installation);
  screen.fact("", `its login form takes ${credentials.adminKey}`);
  screen.fact("docs", `${apiUrl}/docs`);
  screen.fact("webhooks", `${receiver.url}/received`);
  if (simulatorUrl) screen.fact("sold", `${simulatorUrl}/sim/ledger`);
  if (simulatorUrl)
    screen.fact("faults", `${simulatorUrl}/sim/faults`, "([[sim:poll=500]] in a prompt orders one)");
}

/** The same when nothing stays up. */
export function showLeave(screen: Screen, installation: Installation): void {
  const { simulatorUrl } = installation;
  showDashboard(screen, installation);
  const [ending, price] = simulatorUrl
    ? ["Both addresses end", ""]
    : ["The dashboard ends", " (this buys another video)"];
  screen.say(`\n${ending} with this run.`);
  screen.say(`Run \`npm run demo\` without --once to keep it up and look around${price}.`);
}

const showDashboard = (screen: Screen, { apiUrl }: Installation): void =>
  screen.fact("dashboard", `${apiUrl}/admin/queues`);
