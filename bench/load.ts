// Posts jobs at an API.
import autocannon from "autocannon";
import { request } from "undici";
import { API_KEY, jobBody } from "./settings.ts";
import type { Side } from "./side.ts";

export type Load = { connections: number; duration?: number; amount?: number };

/** Resolves with what came of it; throws when anything but a 2xx did. */
export async function postJobs(side: Side, load: Load) {
  const run = autocannon({ ...load, url: `${side.apiUrl}/v1/jobs`, ...oneJob(side) });
  const result = await Promise.race([run, side.failure]);
  if (result.non2xx + result.errors > 0) {
    throw new Error(`${side.name}: ${result.non2xx} answers other than 2xx, ${result.errors} errors`);
  }
  return result;
}

/** One job; load takes a second to tell of it. */
export const postJob = (side: Side) => request(`${side.apiUrl}/v1/jobs`, oneJob(side));

const oneJob = ({ standIn }: Side) => ({
  method: "POST" as const,
  headers: { "content-type": "application/json", authorization: `Bearer ${API_KEY}` },
  body: jobBody(standIn.webhook),
});
