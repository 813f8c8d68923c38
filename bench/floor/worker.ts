// The floor's worker: submit, look until the task has ended, tell the receiver.
import { DelayedError, type Job, Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { Agent, request } from "undici";
import type { FloorJob } from "./settings.ts";
import { concurrency, retention, variable } from "./settings.ts";

type Result = { task: { status: string }; videos: { video_url: string }[] };
type Accepted = { task_id: string };

const novita = variable("NOVITA_BASE_URL");
const dispatcher = new Agent({ connections: 128 });
const connection = new Redis(variable("REDIS_URL"), { maxRetriesPerRequest: null });
const polls = new Queue<FloorJob>("poll", { connection });
const deliveries = new Queue<FloorJob & { video: string }>("deliver", { connection });
const LOOK_GAP_MS = 1;

async function submit({ data }: Job<FloorJob>): Promise<void> {
  const { task_id: taskId } = await exchange<Accepted>(
    "POST",
    `${novita}/v3/async/wan2.7-t2v`,
    data.request.input,
  );
  await polls.add("poll", { ...data, taskId }, { ...retention, delay: LOOK_GAP_MS });
}

async function poll(job: Job<FloorJob>, token?: string): Promise<void> {
  const { task, videos } = await exchange<Result>(
    "GET",
    `${novita}/v3/async/task-result?task_id=${job.data.taskId}`,
  );
  if (task.status !== "TASK_STATUS_SUCCEED") {
    await job.moveToDelayed(Date.now() + LOOK_GAP_MS, token);
    throw new DelayedError();
  }
  await deliveries.add("deliver", { ...job.data, video: videos[0]?.video_url ?? "" }, retention);
}

async function deliver({ data, id }: Job<FloorJob & { video: string }>): Promise<void> {
  const event = { type: "job.succeeded", id, data: { job: data } };
  await exchange("POST", data.request.webhook.url, event, { "webhook-id": String(id) });
}

/** Trusts the other side: `T` is what it says. */
async function exchange<T>(
  method: "GET" | "POST",
  url: string,
  body: object | null = null,
  headers: Record<string, string> = {},
): Promise<T> {
  const answer = await request(url, {
    method,
    dispatcher,
    headers: { "content-type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${method} ${url}: ${answer.statusCode}`);
  return JSON.parse(text || "null");
}

const workers = [
  new Worker<FloorJob>("submit", submit, { connection, concurrency: concurrency.submit }),
  new Worker<FloorJob>("poll", poll, { connection, concurrency: concurrency.poll }),
  new Worker<FloorJob & { video: string }>("deliver", deliver, {
    connection,
    concurrency: concurrency.deliver,
  }),
];
for (const worker of workers) worker.on("error", (error) => process.stderr.write(`${error.message}\n`));
process.once("SIGTERM", () => process.exit(0));
