import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { z } from "zod";

/** What the logs say of a job: the tasks that Novita made for it, the newest last, and whether a request has no known outcome. */
export type Purchase = { tasks: string[]; isInDoubt: boolean };

/** The lines that tell of a purchase; other fields than these may say anything. */
const Line = z.object({
  msg: z.enum(["job.submitted", "submit.answered_late", "submit.unrecorded", "orphan_task"]),
  job_id: z.string(),
  outcome: z.string().optional(),
  task_id: z.string().nullish(),
});

/** Reads workers' logs, by job. Lines that are of something else, or no lines of ours, are passed over. */
export async function readPurchases(logs: Readable): Promise<Map<string, Purchase>> {
  const found = new Map<string, Purchase>();
  for await (const text of createInterface({ input: logs })) {
    const line = Line.safeParse(parse(text));
    if (!line.success) continue;
    const { job_id, outcome, task_id } = line.data;
    const purchase = found.get(job_id) ?? { tasks: [], isInDoubt: false };
    if (task_id) purchase.tasks = [...purchase.tasks.filter((each) => each !== task_id), task_id];
    if (outcome === "unknown") purchase.isInDoubt = true;
    if (purchase.tasks.length > 0 || purchase.isInDoubt) found.set(job_id, purchase);
  }
  return found;
}

/** A supervisor may put something before each line, such as a time or the name of a container. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text.slice(Math.max(0, text.indexOf("{"))));
  } catch {
    return null;
  }
}
