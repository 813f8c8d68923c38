// How long a submission waits between its begin and its paid request, in ms: jobs one after the other, on an idle worker.
import { z } from "zod";
import { type Figures, median } from "../pairs.ts";
import { ourEnvironment, type Plan } from "../settings.ts";
import type { Side } from "../side.ts";
import { postJob } from "../load.ts";

const TAG = `{${ourEnvironment.KEY_PREFIX}}`;
const Begun = z.object({ attempts: z.tuple([z.object({ begunAt: z.number() })]) });

export async function measureSubmissions(side: Side, { submissions }: Plan): Promise<Figures> {
  const waits: number[] = [];
  for (let n = 0; n < submissions; n++) waits.push(await timeSubmission(side));
  return { provenP50: median(waits), provenMost: Math.max(...waits) };
}

/** By the clock of this machine, which is Redis' too. */
async function timeSubmission(side: Side): Promise<number> {
  const sold = side.standIn.counts.submits + 1;
  const answer = await postJob(side);
  if (answer.statusCode !== 202) throw new Error(`the API answers ${answer.statusCode}`);
  await answer.body.dump();
  await Promise.race([side.standIn.untilSold(sold), side.failure]);
  const soldAt = Date.now();
  const [newest = ""] = await side.redis.zrevrange(`${TAG}:jobs:*`, 0, 0);
  const state = await side.redis.hget(`${TAG}:job:${newest}`, "state");
  const [attempt] = Begun.parse(JSON.parse(state ?? "{}")).attempts;
  return Math.max(0, soldAt - attempt.begunAt);
}
