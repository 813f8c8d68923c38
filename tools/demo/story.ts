// What the demo tells: jobs on their way from a POST to a verified webhook, and what a caller sees of them.
import { z } from "zod";
import type { Received } from "../../src/simulator/mailbox.ts";
import type { Installation } from "./installation.ts";
import { newPurchase, writeCredentials } from "./credentials.ts";
import { DemoError } from "./demo-error.ts";
import { type Event, type Job, followJob, hasEnded, openWebhook, postJob, verifyWebhook } from "./job.ts";
import { call } from "./http.ts";
import type { Screen } from "./screen.ts";

export type Story = { installation: Installation; screen: Screen; signal: AbortSignal };

/** `fault`: what Novita will do to it. */
type Scene = { name: string; prompt: string; fault: string; ends: string };

const LIGHTHOUSE: Scene = {
  name: "lighthouse",
  prompt: "A lighthouse in a storm, waves breaking over the rocks",
  fault: "",
  ends: "job.succeeded",
};

/** Novita does its worst; what becomes of them is the point of the product. */
export const TROUBLED: Scene[] = [
  {
    name: "boat",
    prompt: "A paper boat on a puddle [[sim:poll=500 x2]]",
    fault: "two looks at its task will be answered 500",
    ends: "job.succeeded",
  },
  {
    name: "balloon",
    prompt: "A red balloon over roofs [[sim:submit=accept-then-drop x1]]",
    fault: "it will be sold, and the answer lost",
    ends: "job.unconfirmed",
  },
];

/** The first retry of a webhook comes after 5 s or a little more. */
const LATE_WEBHOOK_MS = 10_000;
const WITHIN_MS = { simulator: 60_000, novita: 20 * 60_000 };

/** Posts the main job, which is bought once: what an interrupted run has bought is found and followed to its end. */
export async function postMainJob({ installation, screen }: Story): Promise<Job> {
  const body = bodyOf(installation, LIGHTHOUSE);
  const posted = await postJob(installation, installation.credentials.purchase, body);
  announcePost(screen, LIGHTHOUSE.name, posted);
  return posted.job;
}

/** The same request under the same key, as of a caller who got no answer. */
export async function repeatMainJob({ installation, screen }: Story): Promise<void> {
  const again = await postJob(
    installation,
    installation.credentials.purchase,
    bodyOf(installation, LIGHTHOUSE),
  );
  announcePost(screen, LIGHTHOUSE.name, again);
}

/** One video. Resolves with the event that its verified webhook carried. */
export async function tellMainJob(story: Story, job: Job): Promise<Event> {
  const { installation } = story;
  if (hasEnded(job)) return tellEarlierJob(story, job);
  const event = await seeThrough(story, LIGHTHOUSE, job);
  await renewPurchase(installation);
  return event;
}

/** It ended after its run had been stopped; its webhook comes again only if that run did not answer it. */
async function tellEarlierJob(story: Story, job: Job): Promise<Event> {
  const arrival = seeThrough(story, LIGHTHOUSE, job, LATE_WEBHOOK_MS);
  const event = await arrival.catch(() => undefined);
  await renewPurchase(story.installation);
  if (event) return event;
  throw new DemoError(
    `An earlier run bought this video, and its webhook came to that run. The job is ${job.status}: ` +
      `${job.video?.url ?? job.error?.message ?? ""}\nNothing was bought now; the next run buys a new one.`,
  );
}

/** On the simulator only: jobs that meet trouble. Resolves with the unconfirmed one. */
export async function tellTroubledJobs(story: Story): Promise<Job | undefined> {
  const { installation, screen } = story;
  const events = await Promise.all(
    TROUBLED.map(async (scene) => {
      const posted = await postJob(installation, newPurchase(), bodyOf(installation, scene));
      announcePost(screen, scene.name, posted);
      screen.step(scene.name, "trouble", scene.fault, "dim");
      return seeThrough(story, scene, posted.job);
    }),
  );
  return events.find(({ type }) => type === "job.unconfirmed")?.data.job;
}

/** The request of a scene: two seconds at 720P, the least that can be bought. */
const bodyOf = ({ receiver }: Installation, { prompt, name }: Pick<Scene, "prompt"> & { name?: string }) => ({
  input: { prompt, size: "1280*720", duration: 2 },
  webhook: { url: `${receiver.url}/` },
  reference: name,
});

function announcePost(
  screen: Screen,
  name: string,
  { job, status, isReplay }: { job: Job; status: number; isReplay: boolean },
): void {
  const what = isReplay ? "the same job again, nothing is bought" : `accepted: ${job.id}`;
  screen.step(name, `POST ${status}`, what);
}

async function renewPurchase({ credentials, credentialsFile }: Installation): Promise<void> {
  Object.assign(credentials, { purchase: newPurchase(), receiverPort: null });
  if (credentialsFile) await writeCredentials(credentialsFile, credentials);
}

/** Shows the job's steps, and resolves when the webhook of its expected end has been verified. */
async function seeThrough(
  { installation, screen, signal }: Story,
  { name, ends }: Scene,
  job: Job,
  within = installation.simulatorUrl ? WITHIN_MS.simulator : WITHIN_MS.novita,
): Promise<Event> {
  const { receiver, webhookSecret } = installation;
  const following = followJob(installation, screen, name, job, signal);
  const arrival = receiver
    .waitFor(({ body }) => body.includes(`"${job.id}"`), within)
    .catch((error: unknown) => {
      throw new DemoError(`No webhook told of ${job.id} in ${within / 1000} s: ${String(error)}`);
    });
  const isLeftOpen = ends === "job.unconfirmed";
  if (isLeftOpen) following.catch(() => {});
  const [received] = await Promise.all([arrival, isLeftOpen ? undefined : following]);
  const event = verifyWebhook(received, webhookSecret);
  if (event.type === ends) return event;
  throw new DemoError(`The ${name}'s webhook says ${event.type}, and ${ends} was expected.`);
}

const Books = z.object({ tasks: z.array(z.object({ charge_micros: z.number() })) });

/** The simulator's own books must agree: a paid task for each job, whatever went wrong in between. */
export async function auditNovita({ installation, screen }: Story, jobs: number): Promise<void> {
  if (!installation.simulatorUrl) return;
  const { tasks } = Books.parse((await call("GET", `${installation.simulatorUrl}/sim/ledger`)).body);
  const dollars = tasks.reduce((sum, task) => sum + task.charge_micros, 0) / 1_000_000;
  const found = `${tasks.length} sold for ${jobs} ${jobs === 1 ? "job" : "jobs"}, $${dollars.toFixed(2)}`;
  if (tasks.length !== jobs) throw new DemoError(`Novita's books do not agree: ${found}.`);
  screen.step("novita", "books", found, "good");
}

/** Shows every webhook after the first `known`, those of jobs that somebody else has posted too. Ends when the receiver closes. */
export async function showWebhooks({ installation, screen, signal }: Story, known = 0): Promise<void> {
  const { receiver, webhookSecret } = installation;
  for (let seen = known; ; seen++) {
    try {
      await receiver.waitFor(() => receiver.received.length > seen, 2 ** 31 - 1);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    const received = receiver.received[seen];
    if (!received) throw new DemoError("The receiver was reset.");
    showWebhook(screen, received, webhookSecret);
  }
}

/** An endpoint that somebody made by hand signs with a secret of its own, which the demo does not know. */
function showWebhook(screen: Screen, received: Received, secret: string): void {
  const event = openWebhook(received, secret);
  if (!event) {
    screen.step(
      "yours",
      "webhook",
      `came to ${received.path}, signed with another secret, as an endpoint's is`,
    );
    return;
  }
  const { type, id, data } = event;
  screen.step(data.job.reference ?? "yours", "webhook", `${type} VERIFIED`, "good", `(${id})`);
}
