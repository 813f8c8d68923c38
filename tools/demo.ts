// `npm run demo`: the whole of Onetake on this machine, from a POST to a verified webhook. It stays up until Ctrl-C;
// with `-- --once` it ends after the first verified webhook, with exit code 0, or non-zero when anything fails.
import { createAlarms } from "./demo/alarms.ts";
import { DemoError } from "./demo/demo-error.ts";
import { startInstallation } from "./demo/installation.ts";
import { createScreen, type Screen } from "./demo/screen.ts";
import {
  auditNovita,
  postMainJob,
  showWebhooks,
  type Story,
  tellMainJob,
  tellTroubledJobs,
  TROUBLED,
} from "./demo/story.ts";
import { showEnd, showNext, warnOfCost } from "./demo/words.ts";

const USAGE = "usage: npm run demo [-- --once]";
const EXIT_USAGE = 64;
/** What `--once` promises has not come about. */
const EXIT_INTERRUPTED = 130;

type Closer = () => Promise<unknown>;
type Options = { isOnce: boolean; signal: AbortSignal };

async function runDemo(args: string[]): Promise<number> {
  if (args.some((arg) => arg !== "--once")) {
    console.error(USAGE);
    return EXIT_USAGE;
  }
  const screen = createScreen();
  const leave = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => leave.abort());
  // Nobody reads any more, as after `| head`.
  process.stdout.on("error", () => leave.abort());
  const closers: Closer[] = [];
  try {
    const options = { isOnce: args.includes("--once"), signal: leave.signal };
    await Promise.race([play(screen, closers, options), whenAborted(leave.signal)]);
    return options.isOnce && leave.signal.aborted ? EXIT_INTERRUPTED : 0;
  } catch (error) {
    screen.say(`\nThe demo failed. ${explain(error)}`, "bad");
    return 1;
  } finally {
    screen.say("\nStopping …", "dim");
    leave.abort();
    for (const close of closers.toReversed()) await close().catch((error: unknown) => console.error(error));
  }
}

/** What is no DemoError was not foreseen, so its stack is shown. */
function explain(error: unknown): string {
  if (error instanceof DemoError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

async function play(screen: Screen, closers: Closer[], { isOnce, signal }: Options): Promise<void> {
  screen.say("Onetake: a job is paid for once, whatever crashes.\n");
  await warnOfCost(screen, signal);
  const alarms = createAlarms(screen);
  const installation = await startInstallation(screen, closers, alarms.hear);
  screen.say();
  const story: Story = { installation, screen, signal };
  await Promise.race([
    installation.failure,
    // On the simulator, a stopped submission is a fault that somebody has ordered.
    ...(installation.simulatorUrl ? [] : [alarms.blocked]),
    showWebhooks(story),
    isOnce ? playOnce(story) : playAll(story),
  ]);
}

async function playOnce(story: Story): Promise<void> {
  const event = await tellMainJob(story, await postMainJob(story));
  await auditNovita(story, 1);
  showEnd(story.screen, story.installation, event);
}

/** Never resolves: the demo stays up. */
async function playAll(story: Story): Promise<never> {
  const { installation, screen } = story;
  const job = await postMainJob(story);
  const troubled = installation.simulatorUrl ? tellTroubledJobs(story) : undefined;
  const [event, unconfirmed] = await Promise.all([tellMainJob(story, job), troubled]);
  await auditNovita(story, 1 + TROUBLED.length);
  showEnd(screen, installation, event);
  showNext(screen, installation, { job, unconfirmed });
  return new Promise<never>(() => {});
}

process.exit(await runDemo(process.argv.slice(2)));
