// A Redis that stands still keeps its connections. The loops that waited for it were called stuck, and their worker, with
// whatever it had yet to write down, would have been killed for it.
import { expect, onTestFinished, test } from "vitest";
import { closeRedis } from "../../src/shared/store/redis.ts";
import { watchOver } from "../../src/worker/watch-over.ts";
import { eventually } from "../support/eventually.ts";
import { connectTestRedis } from "../support/ledger.ts";
import { openLogBook } from "../support/log-book.ts";
import { startPrivateRedis } from "../support/redis.ts";

/** Makes a loop's limit, which is half a minute and this, short. */
const SILENCE_MS = -29_900;

test("Redis frozen -> a silent loop is not stuck; going again -> it is, if it stays silent", async () => {
  const server = await startPrivateRedis({ appendonly: false });
  onTestFinished(() => server.stop());
  const redis = connectTestRedis(server.url, openLogBook("worker", "debug").log);
  const { heartbeat, stop } = watchOver(redis, 50);
  onTestFinished(async () => {
    stop();
    await server.kill("SIGCONT");
    await closeRedis(redis);
  });
  heartbeat.expect("submit", SILENCE_MS);
  await eventually(() => expect(heartbeat.stuck()).toEqual(["submit"]));
  await server.kill("SIGSTOP");
  await eventually(() => expect(heartbeat.stuck()).toEqual([]));
  await server.kill("SIGCONT");
  await eventually(() => expect(heartbeat.stuck()).toEqual(["submit"]));
});
