// The deadline of a purchase is kept by two clocks, and is past as soon as one of them says so. Here it is the monotonic one,
// which no operator can set; what becomes of a wall clock that is set, clock.test.ts tells.
import { join } from "node:path";
import { tmpdir } from "node:os";
import { mkdtemp, rm } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import { giveOrders, withOrders } from "../chaos/fleet.ts";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { acme, postJob, readJob, untilReady } from "./support/caller.ts";
import { type Program, startApi, startWorker } from "./support/program.ts";
import { openRedisGate } from "./support/redis-gate.ts";
import { startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";
import { proof } from "./support/writes.ts";
import { History } from "../chaos/wire.ts";
import { request } from "undici";

const HOUR_MS = 3_600_000;

test("an hour passes before the POST by the monotonic clock alone -> nothing is sent, and the job is bought once afterwards", async () => {
  const servers = await startServers();
  const prefix = testPrefix();
  const places = { redis: servers.redis.url, novita: servers.simulator.url, prefix };
  const api = await startApi(settings(places));
  await untilReady(api.url);
  const dir = await mkdtemp(join(tmpdir(), "onetake-clocks-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, "worker");
  const worker = Promise.withResolvers<Program>();
  const sold: number[] = [];
  const gate = await openRedisGate(places.redis, {
    when: "after",
    matches: (words) => proof(words, prefix),
    spring: async () => {
      await giveOrders(await worker.promise, file, { monotonicMs: HOUR_MS });
      sold.push(servers.simulator.ledger.counters.submits);
      return "pass";
    },
  });
  worker.resolve(await startWorker({ ...settings({ ...places, redis: gate.url }), ...withOrders(file) }));

  const id = await postJob(api.url, {
    input: { prompt: `[[job:${prefix}]] [[sim:gen=300]]` },
    webhook: { url: `${servers.receiver.url}/${prefix}` },
  });
  await eventually(async () => {
    expect((await readJob(api.url, id)).status).toBe("succeeded");
  }, 60_000);

  expect([gate.hasSprung, sold]).toEqual([true, [0]]);
  expect(await movesOf(api.url, id)).toEqual(["begin", "handBack", "begin", "accept", "succeed"]);
  expect(servers.simulator.ledger.counters.submits).toBe(1);
  expect(servers.simulator.ledger.tasksOf(prefix)).toHaveLength(1);
});

async function movesOf(api: string, id: string): Promise<(string | undefined)[]> {
  const headers = { authorization: `Bearer ${acme.key}` };
  const answer = await request(`${api}/v1/jobs/${id}/events`, { headers });
  const { data } = History.parse(await answer.body.json());
  return data.map(({ transition }) => transition).filter((transition) => transition !== undefined);
}
