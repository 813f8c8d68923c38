// `npm run demo`: the whole of Onetake on this machine, from a POST to a verified webhook. It stays up until Ctrl-C;
// with `-- --once` it ends after the first verified webhook, with exit code 0, or non-zero when anything fails.
import { createAlarms } from "./demo/alarms.ts";
import { type DemoOptions, readArguments, refuseOnNovita, USAGE } from "./demo/arguments.ts";
import { DemoError } from "./demo/demo-error.ts";
import { startInstallation } from "./demo/installation.ts";
import { playCrowd, playStory } from "./demo/play.ts";
import { createScreen, type Screen } from "./demo/screen.ts";
import type { Story } from "./demo/story.ts";
import { tellPause } from "./demo/tell-pause.ts";
import { warnOfCost } from "./demo/words.ts";

const EXIT_USAGE = 64;
/** What `--once` promises has not come about. */
const EXIT_INTERRUPTED = 130;

type Show = {
  screen: Screen;
  /** What is to be closed, the last first. */
  closers: (() => Promise<unknown>)[];
  options: DemoOptions;
  /** Aborted when it is to stop. */
  signal: AbortSignal;
  hasFailed: boolean;
};

async function main(args: string[]): Promise<number> {
  const read = readArguments(args);
  if (read.as === "help") {
    console.log(USAGE);
    return 0;
  }
  if (read.as === "wrong") {
    console.error(`${read.problem}.\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  const refusal = isReal() ? refuseOnNovita(read.options) : null;
  if (refusal === null) return runDemo(read.options);
  console.error(`${refusal}.`);
  return EXIT_USAGE;
}

const isReal = (): boolean => (process.env["NOVITA_API_KEY"] ?? "") !== "";

async function runDemo(options: DemoOptions): Promise<number> {
  const leave = new AbortController();
  const { signal } = leave;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => leave.abort());
  // Nobody reads any more, as after `| head`.
  process.stdout.on("error", () => leave.abort());
  const show: Show = { screen: createScreen(), closers: [], options, signal, hasFailed: false };
  try {
    await Promise.race([play(show), whenAborted(signal)]);
  } catch (error) {
    // What is stopped half-way may complain of it.
    show.hasFailed = !signal.aborted;
    if (show.hasFailed) tellFailure(show.screen, error);
  }
  const wasStopped = signal.aborted;
  leave.abort();
  await closeAll(show);
  if (show.hasFailed) return 1;
  return wasStopped && options.isOnce ? EXIT_INTERRUPTED : 0;
}

function tellFailure(screen: Screen, error: unknown): void {
  screen.close();
  screen.say(`\nThe demo failed. ${explain(error)}`, "bad");
}

/** What is no DemoError was not foreseen, so its stack is shown. */
function explain(error: unknown): string {
  if (error instanceof DemoError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function closeAll({ screen, closers }: Show): Promise<void> {
  screen.close();
  screen.say("\nStopping …", "dim");
  // What is just starting adds its own.
  for (let close = closers.pop(); close; close = closers.pop()) {
    await close().catch((error: unknown) => console.error(error));
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

async function play(show: Show): Promise<void> {
  const { screen, closers, options, signal } = show;
  const { jobs, hasFaults } = options;
  screen.say("Onetake: a job is paid for once, whatever crashes.", "strong");
  await warnOfCost(screen, signal);
  screen.heading("Everything starts, on this machine only");
  const crowd = jobs === null ? null : { jobs, hasFaults };
  const alarms = createAlarms(screen, isReal() ? "usual" : hasFaults ? "storm" : "ordered");
  const mustKeepLogs = () => show.hasFailed;
  const installation = await startInstallation({
    screen,
    closers,
    crowd,
    signal,
    mustKeepLogs,
    onLog: alarms.hear,
  });
  await tellPause(screen, installation, options.isOnce);
  const story: Story = { installation, screen, signal };
  await Promise.race([
    installation.failure,
    // On the simulator, a stopped submission is a fault that somebody has ordered.
    ...(installation.simulatorUrl ? [] : [alarms.blocked]),
    crowd ? playCrowd(story, crowd, options) : playStory(story, options),
  ]);
}

process.exit(await main(process.argv.slice(2)));
