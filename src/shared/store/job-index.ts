/** By what jobs are found: their tenant's list and everybody's, each also by status; and the tenant's by tag and reference. */
import { createHash } from "node:crypto";

import type { Job } from "../job.ts";
import { indexMoves } from "./index-moves.ts";
import { everyone } from "./keys.ts";
import type { Keys } from "./keys.ts";
import type { Command } from "./scripts.ts";

/** The commands that bring the indexes from one state to the next; null = it does not exist. */
export const indexCommands = (keys: Keys, before: Job | null, after: Job | null): Command[] =>
  indexMoves(before, after, (each) => indexesOf(keys, each));

function indexesOf(keys: Keys, job: Job): string[] {
  const { tags, reference } = job.request;
  const owners = [job.tenant, everyone];
  return [
    ...owners.flatMap((owner) => [keys.jobs(owner), keys.jobsBy(owner, "status", job.status)]),
    ...[...new Set(tags)].map((tag) => keys.jobsBy(job.tenant, "tag", indexValue(tag))),
    ...(reference === null ? [] : [keys.jobsBy(job.tenant, "reference", indexValue(reference))]),
  ];
}

/** Callers' words stay out of the names of keys. */
export const indexValue = (text: string): string => createHash("sha256").update(text).digest("base64url");
