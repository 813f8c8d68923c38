// What the demo says before it starts, and when its jobs have come to their ends.
import { setTimeout as delay } from "node:timers/promises";
import type { Installation } from "./installation.ts";
import type { Event, Job } from "./job.ts";
import type { Screen } from "./screen.ts";
import { bodyOf } from "./story.ts";

const SECOND_THOUGHTS_MS = 5_000;

/** Buying needs no asking twice in a script; a person at a terminal gets some seconds to think again. */
export async function warnOfCost(screen: Screen, signal: AbortSignal): Promise<void> {
  if ((process.env["NOVITA_API_KEY"] ?? "") === "") return;
  screen.say("NOVITA_API_KEY IS SET, SO THIS RUN BUYS ONE VIDEO FROM NOVITA: 2 seconds, 1280*720.", "loud");
  screen.say("Novita charges its price for 2 seconds of the 720P tier. Unset the key to use the simulator.");
  screen.say(
    "A run that is stopped half-way buys nothing anew next time: the job is found and followed to its end.",
  );
  if (process.stdout.isTTY) {
    screen.say(`Ctrl-C within ${SECOND_THOUGHTS_MS / 1000} seconds stops it before anything is bought.`);
    await delay(SECOND_THOUGHTS_MS, undefined, { signal });
  }
  screen.say();
}

export function showEnd(screen: Screen, { apiUrl, simulatorUrl }: Installation, event: Event): void {
  const url = event.data.job.video?.url ?? "";
  screen.say("\nEach job was paid for once, and each webhook is verified.\n", "good");
  screen.fact("video", url);
  screen.fact(
    "",
    simulatorUrl ? "(a test picture, served by the simulator)" : "(the link dies within the hour)",
  );
  screen.fact("api", apiUrl);
  screen.fact("docs", `${apiUrl}/docs`);
}

export function showNext(
  screen: Screen,
  installation: Installation,
  { job, unconfirmed }: { job: Job; unconfirmed: Job | undefined },
): void {
  const { apiUrl, simulatorUrl, receiver, credentials } = installation;
  const authorization = `-H 'Authorization: Bearer ${credentials.apiKey}'`;
  const json = "-H 'Content-Type: application/json'";
  const body = JSON.stringify(bodyOf(installation, { prompt: "A cat on a skateboard" }));
  screen.say(`\nPost a job of your own${simulatorUrl ? "" : " (this buys another video)"}:`);
  screen.say(`  curl ${apiUrl}/v1/jobs ${authorization} ${json} -d '${body}'`);
  screen.say("Read one, follow one (its steps as they happen), fetch its video:");
  screen.say(`  curl ${apiUrl}/v1/jobs/${job.id} ${authorization}`);
  screen.say(`  curl -N ${apiUrl}/v1/jobs/${job.id} ${authorization} -H 'Accept: text/event-stream'`);
  screen.say(`  curl -L ${apiUrl}/v1/jobs/${job.id}/video ${authorization} -o video.mp4`);
  if (unconfirmed) {
    screen.say(
      "The balloon waits: its task was sold and the answer lost. Give it up, or buy again (resubmit):",
    );
    screen.say(
      `  curl ${apiUrl}/v1/jobs/${unconfirmed.id}/resolve ${authorization} ${json} -d '{"action":"fail"}'`,
    );
  }
  if (simulatorUrl) showSimulator(screen, simulatorUrl);
  screen.say(`The webhooks that came: ${receiver.url}/received`);
  screen.say("Ctrl-C stops everything.");
}

function showSimulator(screen: Screen, simulatorUrl: string): void {
  screen.say(
    "Make Novita misbehave: put [[sim:submit=500]] or [[sim:end=failed:out of memory]] into a prompt.",
  );
  screen.say(`  all faults: ${simulatorUrl}/sim/faults   what was sold: ${simulatorUrl}/sim/ledger`);
}
