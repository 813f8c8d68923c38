// Queue entries hold no truth: a job whose entry nobody took, or whose entry is gone, is done all the same.
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { postJob, readJob, untilReady } from "./support/caller.ts";
import { startApi, startWorker } from "./support/program.ts";
import { type Servers, startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

/** The design's promise for a hand-over that was lost, and the rest of the job's road. */
const WOKEN_WITHIN_MS = 30_000 + 5000;

test("a job accepted while no worker runs -> done when one starts", async () => {
  const servers = await startServers();
  const environment = environmentOf(servers, testPrefix());
  const api = await startApi(environment);
  await untilReady(api.url);
  const id = await postJob(api.url, job(servers));
  expect((await readJob(api.url, id)).status).toBe("queued");

  await startWorker(environment);
  await servers.receiver.waitFor(({ path }) => path.startsWith("/told"), 20_000);
  expect((await readJob(api.url, id)).status).toBe("succeeded");
  expect(servers.simulator.ledger.tasks).toHaveLength(1);
});

test.each([
  { queue: "submit", orders: "", before: "queued" },
  { queue: "poll", orders: "[[sim:gen=3000]]", before: "processing" },
  { queue: "deliver", orders: "", before: "succeeded" },
] as const)(
  "the $queue entry of a job that is $before vanishes -> woken within 30 s, bought once, told once",
  async ({ queue, orders, before }) => {
    const servers = await startServers();
    const { simulator, receiver, postbox } = servers;
    const prefix = testPrefix();
    const environment = environmentOf(servers, prefix);
    const api = await startApi(environment);
    await untilReady(api.url);
    const redis = new Redis(servers.redis.url);
    onTestFinished(() => redis.disconnect());

    // The first attempt to tell fails and the next is 3 s away, so there is a delivery to forget.
    const id = await postJob(api.url, job(servers, orders, queue === "deliver" ? "500,204" : "204"));
    if (queue !== "submit") await startWorker(environment);
    await eventually(async () => {
      expect((await readJob(api.url, id)).status).toBe(before);
      expect(
        await redis.zcard(`{${prefix}}:${queue}:${queue === "submit" ? "prioritized" : "delayed"}`),
      ).toBe(1);
    }, 20_000);
    expect(await forgetEntries(redis, `{${prefix}}:${queue}`)).toBeGreaterThan(0);
    const lostAt = performance.now();
    if (queue === "submit") await startWorker(environment);

    await eventually(async () => {
      expect((await readJob(api.url, id)).status).toBe("succeeded");
      expect(postbox.countAt("/told")).toBe(queue === "deliver" ? 2 : 1);
    }, WOKEN_WITHIN_MS + 5000);
    expect(performance.now() - lostAt).toBeLessThan(WOKEN_WITHIN_MS);
    expect(postbox.newsAt("/told").get("job.succeeded")?.ids.size).toBe(1);
    expect(simulator.ledger.tasks).toHaveLength(1);
    expect(receiver.received).toHaveLength(queue === "deliver" ? 2 : 1);
  },
);

function environmentOf({ redis, simulator }: Servers, prefix: string): Record<string, string> {
  const places = { redis: redis.url, novita: simulator.url, prefix };
  return settings(places, { POLL_FIRST_MS: "1500", WEBHOOK_RETRY_SCHEDULE: "3,3,3" });
}

const job = ({ receiver }: Servers, orders = "", answers = "204") => ({
  input: { prompt: `[[job:forgotten]] ${orders}` },
  webhook: { url: `${receiver.url}/told?answer=${answers}` },
});

/** Deletes all that BullMQ knows of a queue's entries; returns how many keys that were. */
async function forgetEntries(redis: Redis, queue: string): Promise<number> {
  const keys = await redis.keys(`${queue}:*`);
  return redis.del(keys);
}
