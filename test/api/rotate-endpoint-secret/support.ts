import { Webhook } from "standardwebhooks";
import { z } from "zod";

import { Endpoints } from "../../../src/shared/endpoint.ts";
import type { Receiver } from "../../../src/simulator/receiver.ts";
import type { Answer, TestApi } from "../../support/api.ts";
import { act } from "../endpoint-support.ts";

const Rotated = z.strictObject({
  secret: z.string().nullable(),
  secrets: z.array(z.strictObject({ created_at: z.iso.datetime(), expires_at: z.iso.datetime().nullable() })),
});

export const rotate = (api: TestApi, id: string, body?: object, headers = {}): Promise<Answer> =>
  act(api, id, "rotate-secret", { ...(body ? { body } : {}), headers });

export const rotatedIn = ({ json }: Answer): z.infer<typeof Rotated> => Rotated.parse(json);

/** Time passes for the secrets of a tenant's endpoints: what was written is so much older. */
export async function passTime({ ledger: { redis, keys } }: TestApi, ms: number): Promise<void> {
  const key = keys.endpoints("acme");
  const stored: unknown = JSON.parse((await redis.hget(key, "state")) ?? "");
  const state = Endpoints.omit({ status: true, version: true }).parse(stored);
  const endpoints = state.endpoints.map((endpoint) => ({
    ...endpoint,
    secrets: endpoint.secrets.map(({ until, ...secret }) => ({
      ...secret,
      until: until === null ? null : until - ms,
    })),
  }));
  await redis.hset(key, "state", JSON.stringify({ ...state, endpoints }));
}

type Received = Receiver["received"][number];

/** By the reference library. */
export function isVerifiedBy(secret: string, { headers, body }: Received): boolean {
  const own = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  try {
    new Webhook(secret).verify(body.toString(), Object.fromEntries(own));
    return true;
  } catch {
    return false;
  }
}
