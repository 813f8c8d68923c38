/** How a worker's requests to Redis look on the wire. Each recognises one by its words; all but `proof` write. */
import type { Delivery } from "../../../src/shared/delivery.ts";
import type { Words } from "./redis-gate.ts";

export type Write = (words: Words, prefix: string) => boolean;

const says =
  (text: string): Write =>
  (words) =>
    words.some((word) => word.includes(text));

/** A change of the job's record by this move of the table of transitions. */
export const transition = (name: string): Write => says(`"transition":"${name}"`);

const begun = new Set<string>();

/** The reading back of a begin: the last thing that comes before the POST. */
export const proof: Write = (words, prefix) => {
  const [, , keyCount, key] = words;
  if (transition("begin")(words, prefix)) begun.add(prefix);
  return begun.has(prefix) && words.length === 4 && keyCount === "1" && isJobKey(key ?? "", prefix);
};

const isJobKey = (key: string, prefix: string): boolean => key.startsWith(`{${prefix}}:job:`);

/** The record of a job that was not there before. */
export const intake: Write = says('"kind":"queued"');

/** The result of the job's first look, written while the task runs. */
export const firstLook: Write = (words) =>
  words.includes("processing") && words.some((word) => word.includes('"polls":1,'));

export const deliveryBecomes =
  (status: Delivery["status"]): Write =>
  (words, prefix) =>
    words.includes(status) && words.some((word) => word.startsWith(`{${prefix}}:delivery:`));

/** What the outcome of a submission says about the road to Novita. */
export const roadReport =
  (verdict: "closed" | "wait" | "refused"): Write =>
  (words, prefix) =>
    words.includes(`{${prefix}}:breaker`) && words.includes(verdict);

/** The note that a look at this task went well. */
export const goodLook: Write = (words, prefix) =>
  words[0]?.toLowerCase() === "zadd" && words[1] === `{${prefix}}:good-looks`;

type Queue = "submit" | "poll" | "deliver";

/** A new entry in a queue. */
export const wakeUp =
  (queue: Queue): Write =>
  (words, prefix) =>
    words.includes(`{${prefix}}:${queue}:id`);

/** An entry that has done its work. */
export const entryDone =
  (queue: Queue): Write =>
  (words, prefix) =>
    words.includes(`{${prefix}}:${queue}:active`) && words.includes(`{${prefix}}:${queue}:completed`);

/** An entry that is put off. */
export const entryDelayed =
  (queue: Queue): Write =>
  (words, prefix) => {
    const key = `{${prefix}}:${queue}:`;
    const isOfOne = words.some((word) => word.startsWith(`${key}job_`) || word.startsWith(`${key}dlv_`));
    return (
      isOfOne &&
      words.includes(`${key}active`) &&
      words.includes(`${key}delayed`) &&
      !words.includes(`${key}completed`)
    );
  };
