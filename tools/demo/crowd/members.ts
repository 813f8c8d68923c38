// The jobs of a run as a caller sees them: posted over time, then looked at together.
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { newPurchase } from "../credentials.ts";
import { DemoError } from "../demo-error.ts";
import { call } from "../http.ts";
import type { Installation } from "../installation.ts";
import { Job, requestJob } from "../job.ts";
import type { Plan } from "./plan.ts";
import { pathOf } from "./postbox.ts";

export type Member = {
  plan: Plan;
  /** null: not accepted yet. */
  id: string | null;
  /** As last seen. */
  job: Job | null;
};

const TAG = "demo-run";
const PAGE = 100;
const RETRY_MS = 250;
const ACCEPTED_WITHIN_MS = 30_000;
const REFUSED_FOR_NOW = new Set([429, 503]);

const Page = z.looseObject({ data: z.array(Job), next: z.string().nullable() });

/** Posts it until it is accepted, always under the same key: an API without its Redis answers 503, or nobody answers. */
export async function postMember(installation: Installation, plan: Plan, signal: AbortSignal): Promise<Job> {
  const key = newPurchase();
  const body = bodyOf(installation, plan);
  const deadline = performance.now() + ACCEPTED_WITHIN_MS;
  for (;;) {
    const answer = await requestJob(installation, key, body).catch((error: unknown) => String(error));
    if (typeof answer === "object" && answer.status < 300) return Job.parse(answer.body);
    const isForNow = typeof answer === "string" || REFUSED_FOR_NOW.has(answer.status);
    if (!isForNow || performance.now() > deadline) {
      throw new DemoError(`POST /v1/jobs was not accepted: ${JSON.stringify(answer)}`);
    }
    await delay(RETRY_MS, undefined, { signal });
  }
}

const bodyOf = ({ receiver }: Installation, plan: Plan) => ({
  input: {
    prompt: `A kite over the sea [[job:${plan.n}]] ${plan.orders}`.trimEnd(),
    size: "1280*720",
    duration: 2,
  },
  webhook: { url: `${receiver.url}${pathOf(plan)}` },
  reference: `job ${plan.n}`,
  tags: [TAG],
  on_unconfirmed: plan.mayBuyTwice ? "resubmit" : "hold",
});

/** All of them, by id; undefined while the API cannot tell. */
export async function readMembers({
  apiUrl,
  credentials,
}: Installation): Promise<Map<string, Job> | undefined> {
  const headers = { authorization: `Bearer ${credentials.apiKey}` };
  const jobs = new Map<string, Job>();
  let after: string | null = "";
  while (after !== null) {
    const query: string = `tag=${TAG}&limit=${PAGE}${after === "" ? "" : `&after=${encodeURIComponent(after)}`}`;
    const answer = await call("GET", `${apiUrl}/v1/jobs?${query}`, { headers }).catch(() => undefined);
    if (answer?.status !== 200) return undefined;
    const page = Page.parse(answer.body);
    for (const job of page.data) jobs.set(job.id, job);
    after = page.next;
  }
  return jobs;
}
