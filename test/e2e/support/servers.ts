import { buildReceiver, type Receiver } from "../../../src/simulator/receiver.ts";
import { buildSimulator, type Simulator } from "../../../src/simulator/simulator.ts";
import { type PrivateRedis, startPrivateRedis } from "../../support/redis.ts";
import type { Tenant } from "./caller.ts";
import { type OnEnd, withTest } from "./on-end.ts";
import { openPostbox, type Postbox } from "./postbox.ts";

/** All that Onetake talks to. */
export type Servers = {
  redis: PrivateRedis;
  simulator: Simulator;
  receiver: Receiver;
  /** What the receiver got. */
  postbox: Postbox;
};

/** `tenantOf`: whose webhooks come to a path of the receiver; by default all are of one tenant. */
export async function startServers(
  onEnd: OnEnd = withTest,
  tenantOf?: (path: string) => Tenant,
): Promise<Servers> {
  const redis = await startPrivateRedis();
  onEnd(() => redis.stop());
  const simulator = buildSimulator({ settings: { generationMs: 500 } });
  onEnd(() => simulator.close());
  const receiver = buildReceiver();
  onEnd(() => receiver.close());
  await Promise.all([simulator.listen(), receiver.listen()]);
  return { redis, simulator, receiver, postbox: openPostbox(receiver, tenantOf) };
}
