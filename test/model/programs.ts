/** What runs: the product's own stages, rescue, and the decisions of callers, whole and as they are. */
import { askAbout } from "../../src/api/ask.ts";
import { eraseJob } from "../../src/api/erase.ts";
import { Problem } from "../../src/api/problem.ts";
import { cancelJob, resolveJob } from "../../src/api/resolve.ts";
import type { Change } from "../../src/shared/change.ts";
import type { Job } from "../../src/shared/job.ts";
import type { Logger } from "../../src/shared/logger.ts";
import type { Motor, QueueEntry } from "../../src/shared/queues.ts";
import { createDeliveryStore } from "../../src/shared/store/deliveries.ts";
import type { DeliveryStore } from "../../src/shared/store/deliveries.ts";
import type { Prove } from "../../src/shared/store/durability.ts";
import { JobStore } from "../../src/shared/store/jobs.ts";
import type { Testimony } from "../../src/shared/store/jobs.ts";
import { createBackground } from "../../src/worker/background.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import type { Doorman } from "../../src/worker/doorman.ts";
import { createDueStore } from "../../src/worker/due.ts";
import type { LookOutcome, SubmitOutcome } from "../../src/worker/novita/classify.ts";
import type { NovitaClient } from "../../src/worker/novita/client.ts";
import { pollTask } from "../../src/worker/poll.ts";
import { rescueOverdue } from "../../src/worker/rescue.ts";
import type { Attempt } from "../../src/worker/send.ts";
import { createTaskKeeper } from "../../src/worker/keep-task.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { lookPolicy, rules, SCHEDULE_S, storePolicy, SUBMIT_TIMEOUT_MS, submitPolicy } from "./settings.ts";
import { JOB_ID, keys } from "./settings.ts";
import type { Doors, Program } from "./doors.ts";
import { redisDoor } from "./redis-door.ts";
import { disableEndpoint, signedWith } from "../support/addressee.ts";

export type Task =
  | { does: "submit" | "poll" | "deliver"; entry: QueueEntry }
  | { does: "rescue" }
  | { does: "cancel" | "fail" | "resubmit" | "erase" }
  | { does: "attach"; taskId: string };

/** Whose process it runs in: workers wait for Redis and send again what was not answered, the API does neither. */
export const isWorkers = ({ does }: Task): boolean =>
  does === "submit" || does === "poll" || does === "deliver" || does === "rescue";

export const programOf =
  (task: Task, testimony: Testimony): Program =>
  (doors) => {
    const deps = depsOf(doors, testimony);
    switch (task.does) {
      case "submit":
        return submit(deps, task.entry, doors);
      case "poll":
        return pollTask(deps.poll, task.entry).then(doors.conclude.bind(doors));
      case "deliver":
        return deliverEvent(deps.deliver, task.entry).then(doors.conclude.bind(doors));
      case "rescue":
        return rescueOverdue(deps.rescue).then(() => undefined);
      case "attach":
        return decide(deps.jobs, (job, now) => ask(job, task.taskId, now));
      case "erase":
        return erase(deps.jobs);
      case "cancel":
      case "fail":
      case "resubmit":
        return decide(deps.jobs, decisions[task.does]);
    }
  };

/** What the API does when a job is accepted. */
export const createProgram =
  (created: Change, testimony: Testimony): Program =>
  async (doors) =>
    void (await depsOf(doors, testimony).jobs.createJob(created));

type Deps = ReturnType<typeof depsOf>;

function depsOf(doors: Doors, testimony: Testimony) {
  const redis = redisDoor(doors);
  const motor = motorDoor(doors);
  const jobs = new JobStore({ redis, keys, motor, policy: storePolicy, log: silence });
  const deliveries = createDeliveryStore({ redis, keys, policy: storePolicy });
  const common = { jobs, deliveries, motor, road, log: silence, random: () => 0.5 };
  const novita = novitaDoor(doors);
  const connections = { lend: <T>(use: (one: typeof redis) => Promise<T>) => use(redis) };
  const prove = proofDoor(doors);
  return {
    jobs,
    submit: {
      ...common,
      novita,
      connections,
      prove,
      keepTask: createTaskKeeper({ jobs, prove, connections }),
      witness: { testify: async () => testimony, remember: () => undefined },
      rules,
      policy: submitPolicy,
      submitTimeoutMs: SUBMIT_TIMEOUT_MS,
      background: createBackground(silence),
    },
    poll: { ...common, novita, policy: lookPolicy, submitPolicy },
    deliver: {
      ...common,
      sender: senderDoor(doors),
      doorman: openDoor(deliveries),
      findAddressee: signedWith(SECRET),
      disableEndpoint,
      scheduleS: SCHEDULE_S,
    },
    // Nothing of the model is as old as the retention, or unreadable.
    rescue: {
      scheduleS: [5],
      ...common,
      redis,
      keys,
      due: { ...createDueStore(redis, keys), claimPurgeable: nothing, claimAside: nothing },
      policy: submitPolicy,
      submitTimeoutMs: SUBMIT_TIMEOUT_MS,
    },
  };
}

/** The step may be over while the late answer of its POST is still listened for. */
async function submit({ submit: deps }: Deps, entry: QueueEntry, doors: Doors): Promise<void> {
  doors.conclude(await submitJob(deps, entry));
  await deps.background.drain();
}

type Decision = (job: Job, now: number) => Change | Problem | null;

const decisions: Record<"cancel" | "fail" | "resubmit", Decision> = {
  cancel: cancelJob,
  fail: (job, now) => resolveJob(job, "fail", undefined, now),
  resubmit: (job, now) => resolveJob(job, "resubmit", undefined, now),
};

async function decide(jobs: JobStore, choose: Decision): Promise<void> {
  await jobs.changeJob(JOB_ID, (job, now) => {
    const chosen = choose(job, now);
    return chosen instanceof Problem ? null : chosen;
  });
}

async function erase(jobs: JobStore): Promise<void> {
  const known = await jobs.readJob(JOB_ID);
  if (known) await jobs.eraseJob(JOB_ID, eraseJob, known);
}

function ask(job: Job, taskId: string, now: number): Change | null {
  const last = job.attempts.at(-1);
  if (job.status !== "unconfirmed" || !last) return null;
  return askAbout(job, { about: "attach", taskId, attemptId: last.id, by: "operator" }, now);
}

/** Like the real client it asks for the time in the tick in which the request leaves. */
function novitaDoor(doors: Doors): NovitaClient {
  return {
    submit: async (_path, _body, deadline) => {
      const post = is<number>(await doors.ask({ door: "post" }));
      if (deadline.isPast()) return { kind: "unsent", cause: "deadline", message: "too late" };
      return is<SubmitOutcome>(await doors.ask({ door: "answer", post }));
    },
    look: async (taskId) => is<LookOutcome>(await doors.ask({ door: "look", taskId })),
    close: async () => undefined,
  };
}

function proofDoor(doors: Doors): Prove {
  return async (redis, look) => {
    const isConfirmed = is<boolean>(await doors.ask({ door: "confirm" }));
    return { isConfirmed, found: await look(redis) };
  };
}

/** What every worker was told when it joined; whether Redis forgets more than one write is no part of this model. */
const nothing = async () => ({ ids: [], remain: 0 });

/** Whoever comes gets in: places only put off what the model lets happen at any time. */
const openDoor = (deliveries: DeliveryStore): Doorman => ({
  admit: async (_visitor, { record, now }, url) => {
    const patch = { status: "delivering", attempt: record.attempt + 1, url } as const;
    const delivery = await deliveries.writeDelivery(record, patch, now());
    return delivery ? { as: "admitted", delivery } : { as: "stale" };
  },
  leave: async () => undefined,
  lookAfter: async () => undefined,
});

function senderDoor(doors: Doors) {
  return {
    send: async ({ headers, body }: { headers: Record<string, string>; body: Buffer }) => {
      const eventId = headers["webhook-id"] ?? "";
      return is<Attempt>(await doors.ask({ door: "send", eventId, body: body.toString() }));
    },
    close: async () => undefined,
  };
}

function motorDoor(doors: Doors): Motor {
  const wake: Motor["wake"] = async (wakeUps) => void (await doors.ask({ door: "wake", wakeUps }));
  const ensureAwake: Motor["ensureAwake"] = async (wakeUp) =>
    is<"alive" | "woken">(await doors.ask({ door: "ensureAwake", wakeUp }));
  return asMotor({ wake, ensureAwake });
}

/** Holds because what the model answers at a door is made for that door, in `take.ts` and `outside.ts`. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/no-unnecessary-type-parameters
const is = <T>(answer: unknown): T => answer as T;

/** Holds for what stages and stores use of the motor; its queues are the model's own (`entries`). */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const asMotor = (motor: Pick<Motor, "wake" | "ensureAwake">): Motor => motor as Motor;

/** The breaker and the pace are no part of this model: the road is free, and looks go well elsewhere. */
const road = {
  report: async () => null,
  noteGoodLook: async () => undefined,
  looksWorkElsewhere: async () => true,
};

const silence: Logger = {
  tell: () => undefined,
  child: () => silence,
  heardBy: () => undefined,
  flush: async () => undefined,
};

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
