/** A moment of the model: everything on which depends what can happen next. Plain data, never changed once made. */
import { z } from "zod";

import { Delivery } from "../../src/shared/delivery.ts";
import { Job } from "../../src/shared/job.ts";
import type { Fate, Seen, Want } from "./doors.ts";
import type { Image } from "./image.ts";
import type { Task } from "./programs.ts";
import { JOB_ID, keys } from "./settings.ts";

/** A run of a program: what it remembers is what it has `seen`. */
export type Actor = {
  id: number;
  name: string;
  task: Task;
  bornAt: number;
  seen: Seen[];
  wants: Want[];
  /** Doors whose script has run already, with its answer lost on the way. */
  unheard: number[];
  /** The attempt that it has begun. */
  attempt: string | null;
  /** Task ids that Novita has told it. */
  told: string[];
};

/** A wake-up in BullMQ's hands. Finished ones stay, and keep their name taken. */
export type Entry = {
  stage: "submit" | "poll" | "deliver";
  id: string;
  n: number;
  at: number;
  state: "waiting" | "active" | "finished";
  by: number | null;
};

/** One POST that left. `isHeard`: its answer has come to somebody. */
export type Post = { attempt: string; fate: Fate; taskId: string | null; isHeard: boolean; at: number };

/** What Novita knows of a task that it has sold. */
export type Sold = { id: string; state: "running" | "succeeded" | "failed" };

/** How often each thing that the model itself decides on may still happen. */
export type Chances = {
  /** A program's memory is lost. */
  crash: number;
  /** A script has run, and its answer is lost; it is sent again, sometime. */
  lost: number;
  /** A wake-up is given to a second worker, the first being only frozen. */
  again: number;
  /** The durability of `submitting` cannot be confirmed. */
  unproven: number;
  /** Another Redis takes over, which does not know the `submitting` that is not confirmed yet. */
  failover: number;
  /** Time goes on to the next moment at which anything is due. */
  wait: number;
  cancel: number;
  fail: number;
  resubmit: number;
  attach: number;
  erase: number;
  /** A look that finds no video although it could. */
  badLook: number;
  /** A delivery that fails, or whose answer is lost. */
  badSend: number;
};

export type State = {
  now: number;
  image: Image;
  actors: Actor[];
  births: number;
  entries: Entry[];
  posts: Post[];
  sold: Sold[];
  /** How often somebody chose to buy again. */
  asked: number;
  /** Events that have reached the receiver: id and body. */
  received: [id: string, body: string][];
  /** The begin that another Redis would not know: who began, and what was before. */
  forgettable: { by: number; before: Image } | null;
  left: Chances;
  /** Whose program the last step has ended, and the task ids that it had been told. */
  over: { name: string; told: string[] } | null;
};

const pairs = (words: string[]): [string, string][] =>
  words.flatMap((word, at): [string, string][] => (at % 2 === 0 ? [[word, words[at + 1] ?? ""]] : []));

const fieldsOf = (image: Image, key: string): Map<string, string> =>
  new Map(pairs(image.get(key)?.words ?? []));

const Parsed = z.record(z.string(), z.unknown());

function recordIn<T>(image: Image, key: string, schema: z.ZodType<T>): T | null {
  const fields = fieldsOf(image, key);
  if (fields.size === 0) return null;
  const request = fields.get("request");
  return schema.parse({
    ...Parsed.parse(JSON.parse(fields.get("state") ?? "{}")),
    ...(request === undefined ? {} : { request: JSON.parse(request) }),
    status: fields.get("status"),
    version: Number(fields.get("version")),
  });
}

const jobs = new WeakMap<object, Job>();

/** The job's record as it stands in Redis. */
export function jobIn(image: Image): Job {
  const held = image.get(keys.job(JOB_ID));
  const known = held && jobs.get(held);
  if (known) return known;
  const job = recordIn(image, keys.job(JOB_ID), Job);
  if (!job || !held) throw new Error("The job is gone.");
  jobs.set(held, job);
  return job;
}

export type Raised = { id: string; type: string; body: string };

/** The events that the job has raised. */
export const eventsIn = (image: Image): Raised[] =>
  (image.get(keys.outbox(JOB_ID))?.words ?? [])
    .filter((id) => id.startsWith("evt_"))
    .sort()
    .map((id) => {
      const fields = fieldsOf(image, keys.event(id));
      return { id, type: fields.get("type") ?? "", body: fields.get("body") ?? "" };
    });

export const deliveriesIn = (image: Image): Delivery[] =>
  (image.get(keys.outbox(JOB_ID))?.words ?? [])
    .filter((id) => id.startsWith("dlv_"))
    .sort()
    .flatMap((id) => recordIn(image, keys.delivery(id), Delivery) ?? []);

/** A sorted set's members and their times. */
export const timesIn = (image: Image, key: string): [member: string, at: number][] =>
  pairs(image.get(key)?.words ?? []).map(([member, at]) => [member, Number(at)]);

/** The lines of the job's history, oldest first. */
export const historyIn = (image: Image): string[] => image.get(keys.history(JOB_ID))?.words ?? [];
