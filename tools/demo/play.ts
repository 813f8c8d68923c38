// The two plays of the demo: a few jobs, told step by step, and a run of many. Both resolve only if they are played once.
import type { DemoOptions } from "./arguments.ts";
import { showCommands, type Subjects } from "./commands.ts";
import { runCrowd } from "./crowd/run.ts";
import { showVerdict } from "./crowd/show.ts";
import { type Run, unconfirmedOf } from "./crowd/state.ts";
import { DemoError } from "./demo-error.ts";
import type { Crowd } from "./settings.ts";
import {
  auditNovita,
  postMainJob,
  repeatMainJob,
  showWebhooks,
  type Story,
  tellMainJob,
  tellTroubledJobs,
  TROUBLED,
} from "./story.ts";
import { showEnd, showLeave, showPlaces } from "./words.ts";

type Play = Pick<DemoOptions, "isOnce">;

export async function playStory(story: Story, { isOnce }: Play): Promise<void> {
  await Promise.race([showWebhooks(story), isOnce ? playOnce(story) : playAll(story)]);
}

async function playOnce(story: Story): Promise<void> {
  const { installation, screen } = story;
  screen.heading("A job is bought once, watched, and reported by a signed webhook");
  const event = await tellMainJob(story, await postMainJob(story));
  await auditNovita(story, 1);
  showEnd(screen, installation, event);
  showLeave(screen, installation);
}

async function playAll(story: Story): Promise<never> {
  const { installation, screen } = story;
  screen.heading("A job is bought once, watched, and reported by a signed webhook");
  const job = await postMainJob(story);
  if (installation.simulatorUrl) await repeatMainJob(story);
  const event = await tellMainJob(story, job);
  let jobs = 1;
  let unconfirmed: string[] = [];
  if (installation.simulatorUrl) {
    screen.heading("Novita answers two looks with 500, and loses its answer to a purchase");
    const open = await tellTroubledJobs(story);
    unconfirmed = open ? [open.id] : [];
    jobs += TROUBLED.length;
  }
  await auditNovita(story, jobs);
  showEnd(screen, installation, event);
  return stay(story, { jobId: job.id, unconfirmed });
}

export async function playCrowd(story: Story, crowd: Crowd, { isOnce }: Play): Promise<void> {
  const { installation, screen, signal } = story;
  const { simulator, receiver } = installation;
  if (!simulator) throw new DemoError("A run of many jobs needs the simulator.");
  const stage = { installation, simulator, screen, signal };
  screen.heading(titleOf(crowd));
  const { run, verdict } = await runCrowd(stage, { ...crowd, mustEnd: isOnce });
  screen.heading("The audit: what callers read, what Novita sold, what receivers got");
  showVerdict(screen, run, verdict);
  if (verdict.findings.length > 0)
    throw new DemoError(`The audit found:\n- ${verdict.findings.join("\n- ")}`);
  if (isOnce) return;
  screen.say();
  await Promise.race([showWebhooks(story, receiver.received.length), stay(story, subjectsOf(run))]);
}

const titleOf = ({ jobs, hasFaults }: Crowd): string =>
  hasFaults
    ? `${jobs} jobs, while Novita and the receiver misbehave and processes are killed`
    : `${jobs} jobs at once`;

function subjectsOf(run: Run): Subjects {
  const finished = run.members.find(({ job }) => job?.status === "succeeded") ?? run.members[0];
  return { jobId: finished?.id ?? "", unconfirmed: unconfirmedOf(run).map(({ id }) => id) };
}

function stay({ installation, screen }: Story, subjects: Subjects): Promise<never> {
  showPlaces(screen, installation);
  showCommands(screen, installation, subjects);
  return new Promise<never>(() => {});
}
