/** ETags of jobs: the version says it all, since every change of a job makes a new one. */
import type { Job } from "../../shared/job.ts";

export const etagOf = ({ version }: Pick<Job, "version">): string => `"${version}"`;

export type Known = (job: Job) => boolean;

/** Which states of a job the caller of `If-None-Match` has already; null: it does not say (RFC 9110, 13.1.2). */
export function parseKnown(header: string | undefined): Known | null {
  if (header === undefined) return null;
  if (header.trim() === "*") return () => true;
  const tags = new Set(Array.from(header.matchAll(/(?:W\/)?("[^"]*")/g), ([, tag]) => tag));
  return tags.size > 0 ? (job) => tags.has(etagOf(job)) : null;
}
