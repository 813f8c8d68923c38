// INTAKE_DURABILITY: nobody is told of what may be forgotten.
import { describe, expect, test } from "vitest";

import type { Look, Proofs } from "../../src/api/proofs.ts";
import { readyApi } from "../support/api.ts";
import type { Answer, TestApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";
import { startPrivateRedis } from "../support/redis.ts";
import { findRedisEight, startRedisEight } from "../support/redis-eight.ts";
import { redisCommand } from "../support/redis-command.ts";
import { quickPrimary, startReplica, withTest } from "../support/replica.ts";
import { openWatchedApi } from "../support/watched-api.ts";
import { holdings, makeJobIn, recordOf, smallBody } from "./support.ts";
import type { Status } from "./support.ts";

const eight = await findRedisEight();
/** A request waits 5 s for its proof. */
const IN_TIME_MS = 7000;
const keyed = (key: string) => ({ headers: { "idempotency-key": key } });

async function openPair() {
  const primary = await withTest(startPrivateRedis(quickPrimary));
  const replica = await startReplica(primary);
  const api = await readyApi({ REDIS_URL: primary.url, INTAKE_DURABILITY: "replica" });
  return { primary, replica, api };
}

describe("replica", () => {
  test("-> 202 when the replica has the job", async () => {
    const { replica, api } = await openPair();
    const answers = await Promise.all(Array.from({ length: 50 }, () => api.post(smallBody)));
    for (const { status, json } of answers) {
      expect(status).toBe(202);
      const key = api.ledger.keys.job(String(json["id"]));
      expect(await redisCommand(replica.port, "HGET", key, "status")).toBe("queued");
    }
    // Fifty requests at once are proven in a few rounds.
    expect(Number(await api.ledger.redis.get(api.ledger.keys.proof))).toBeLessThan(25);
  });

  test("it stands still -> 503 with job_id, then 503 at once with nothing written; goes on -> a repeat finds the job", async () => {
    const { replica, api } = await openPair();
    await replica.kill("SIGSTOP");
    const lost = await api.post(smallBody, keyed("one"));
    expect(lost).toBeProblem(503, "unavailable");
    expect(lost.ms).toBeLessThan(IN_TIME_MS);
    expect(lost.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
    expect(lost.json["detail"]).toContain("Repeat the request with the same Idempotency-Key");
    const id = String(lost.json["job_id"]);
    expect((await recordOf(api, id)).status).toBe("queued");
    expect(api.logs.named("intake.unproven")).toMatchObject([{ job_id: id, tenant: "acme" }]);
    for (const key of ["one", "two"]) {
      const refused = await api.post(smallBody, keyed(key));
      expect(refused).toBeProblem(503, "unavailable");
      expect(refused.json).not.toHaveProperty("job_id");
      expect(refused.json["detail"]).toContain("nothing was written");
    }
    expect((await holdings(api)).jobs).toEqual([id]);
    expect((await api.call("GET", `/v1/jobs/${id}`)).status).toBe(200);
    await replica.kill("SIGCONT");
    await eventually(async () => {
      const again = await api.post(smallBody, keyed("one"));
      expect({ status: again.status, id: again.json["id"] }).toEqual({ status: 200, id });
    }, 15_000);
    expect((await api.post(smallBody, keyed("two"))).status).toBe(202);
    expect(api.logs.named("intake.closed")).toHaveLength(1);
    expect(api.logs.named("intake.open")).toHaveLength(1);
  });

  test("none is there at the start -> it says so, and no job is promised until one comes", async () => {
    const primary = await withTest(startPrivateRedis(quickPrimary));
    const api = await readyApi({ REDIS_URL: primary.url, INTAKE_DURABILITY: "replica" });
    expect(api.logs.named("redis.no_replica")).toMatchObject([{ variable: "INTAKE_DURABILITY" }]);
    expect(await api.post(smallBody)).toBeProblem(503, "unavailable");
    await startReplica(primary);
    await eventually(async () => expect((await api.post(smallBody)).status).toBe(202), 15_000);
  });

  test("two callers with one key at once -> one job, and both are told of it", async () => {
    const { api } = await openPair();
    const answers = await Promise.all([api.post(smallBody, keyed("k")), api.post(smallBody, keyed("k"))]);
    expect(answers.map(({ status }) => String(status)).sort()).toEqual(["200", "202"]);
    expect(new Set(answers.map(({ json }) => json["id"])).size).toBe(1);
  });
});

describe("fsync", () => {
  test("appendfsync always -> 202, and what was promised outlives a kill", async () => {
    const redis = await withTest(startPrivateRedis({ appendfsync: "always" }));
    const api = await readyApi({ REDIS_URL: redis.url, INTAKE_DURABILITY: "fsync" });
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.post(smallBody)));
    await redis.kill();
    await redis.restart();
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    await eventually(async () => expect((await holdings(api)).jobs).toHaveLength(20));
    expect(Number(await api.ledger.redis.get(api.ledger.keys.proof))).toBeGreaterThan(0);
  });

  test.skipIf(eight === null && !process.env["CI"])(
    "Redis 8, everysec -> 202 once the file has it; the file is not synced -> 503 with job_id",
    async () => {
      const redis = await withTest(startRedisEight({ appendfsync: "everysec" }));
      const api = await readyApi({ REDIS_URL: redis.url, INTAKE_DURABILITY: "fsync" });
      expect((await api.post(smallBody)).status).toBe(202);
      await redisCommand(redis.port, "CONFIG", "SET", "appendfsync", "no");
      const lost = await api.post(smallBody);
      expect(lost).toBeProblem(503, "unavailable");
      expect(lost.json["detail"]).toContain(`Look at ${String(lost.json["job_id"])}`);
    },
  );
});

/** An API whose proofs are the test's: `beforeLook` comes between what was written and the look for it. */
async function openFaked(beforeLook: () => Promise<void>) {
  let isOn = false;
  let isConfirmed = true;
  const proofs: Proofs = {
    isWorking: () => true,
    isProven: async (look: Look) => {
      if (!isOn) return true;
      await beforeLook();
      return (await look(api.ledger.redis)) && isConfirmed;
    },
    close: async () => undefined,
  };
  const api: TestApi = await openWatchedApi({}, proofs);
  return {
    api,
    turnOn: () => {
      isOn = true;
    },
    refuse: () => {
      isConfirmed = false;
    },
  };
}

type Route = [
  what: string,
  from: Status,
  call: (api: TestApi, id: string) => Promise<Answer>,
  status: number,
];

const post = (verb: string, body?: object) => (api: TestApi, id: string) =>
  api.call("POST", `/v1/jobs/${id}/${verb}`, { ...(body ? { body } : {}), ...keyed("k") });

const routes: Route[] = [
  ["cancel", "queued", post("cancel"), 200],
  ["cancel while it is submitted", "submitting", post("cancel"), 200],
  ["retry", "failed", post("retry"), 202],
  ["resolve by fail", "unconfirmed", post("resolve", { action: "fail" }), 200],
  ["resolve by resubmit", "unconfirmed", post("resolve", { action: "resubmit" }), 200],
  ["erase", "succeeded", (api, id) => api.call("DELETE", `/v1/jobs/${id}`), 204],
  ["a job", "queued", (api) => api.post(smallBody, keyed("k")), 202],
];

describe.each(routes)("%s", (_, from, call, status) => {
  test("proven -> its answer; not confirmed -> 503 with job_id, and the repeat is answered once it is", async () => {
    const { api, turnOn, refuse } = await openFaked(async () => undefined);
    const id = await makeJobIn(api, from);
    turnOn();
    expect((await call(api, id)).status).toBe(status);
    refuse();
    // A repeat is as good a promise as the first answer.
    const repeat = await call(api, id);
    expect(repeat).toBeProblem(503, "unavailable");
    expect(repeat.json["job_id"]).toMatch(/^job_/);
  });

  test("a server has taken over that has not got it, but has as many changes of its own -> 503", async () => {
    const undo: (() => Promise<void>)[] = [];
    const { api, turnOn } = await openFaked(async () => void (await Promise.all(undo.map((each) => each()))));
    const id = await makeJobIn(api, from);
    const { redis, keys } = api.ledger;
    const dump = await redis.dumpBuffer(keys.job(id));
    undo.push(async () => {
      const made = (await redis.keys(keys.job("job_*"))).filter(
        (key) => key !== keys.job(id) && /:job:job_[^:]+$/.test(key),
      );
      if (made.length > 0) await redis.del(...made);
      await redis.restore(keys.job(id), 0, dump, "REPLACE");
      await redis.hincrby(keys.job(id), "version", 3);
    });
    turnOn();
    expect(await call(api, id)).toBeProblem(503, "unavailable");
    expect(api.logs.named("intake.unproven")).toHaveLength(1);
  });
});

test("memory, the default -> nothing is written or waited for", async () => {
  const api = await readyApi();
  expect((await api.post(smallBody)).status).toBe(202);
  expect(await api.ledger.redis.exists(api.ledger.keys.proof)).toBe(0);
  const names = String(await api.ledger.redis.client("LIST"));
  expect(names).toContain("name=onetake-api");
});
