/** A Redis of the model's own, and the product's code under a clock that the model turns. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startRedis } from "../../tools/redis.ts";
import { openServer } from "./image.ts";
import type { World } from "./take.ts";
import { installVirtual } from "./virtual.ts";

export type Laboratory = { world: World; version: string; close: () => Promise<void> };

/** `changed`: what is done to a script's text before it is loaded. */
export async function openLaboratory(changed?: (text: string) => string): Promise<Laboratory> {
  const dir = await mkdtemp(join(tmpdir(), "onetake-model-"));
  const redis = await startRedis({ dir, appendonly: false });
  const server = openServer(redis.url, changed);
  const testimony = { witness: "model", run: await server.serverRun(), begun: 0, beats: 0 };
  return {
    world: { server, virtual: installVirtual(), testimony },
    version: await server.version(),
    close: async () => {
      await server.close();
      await redis.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
