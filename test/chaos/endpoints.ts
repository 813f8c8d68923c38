/** The webhook endpoints of a run, made before anything is broken. */
import type { Ask } from "./ask.ts";
import { tenantOf } from "./callers.ts";
import type { EndpointPlan } from "./plan.ts";
import { queryOf } from "./troubles.ts";
import { MadeEndpoint } from "./wire.ts";

/** Returns the secret of each, by its number. */
export async function makeEndpoints(
  ask: Ask,
  receiverUrl: string,
  plans: readonly EndpointPlan[],
): Promise<Map<number, string>> {
  const secrets = new Map<number, string>();
  for (const plan of plans) {
    const answer = await ask({
      method: "POST",
      path: "/v1/webhook-endpoints",
      key: tenantOf(plan).key,
      body: { url: `${receiverUrl}/endpoint-${plan.n}?${queryOf(plan.receiver)}` },
      idempotencyKey: `endpoint-${plan.n}`,
    });
    if (answer?.status !== 201 && answer?.status !== 200)
      throw new Error(`no endpoint ${plan.n}: ${JSON.stringify(answer)}`);
    secrets.set(plan.n, MadeEndpoint.parse(answer.body).secret);
  }
  return secrets;
}
