// Random stories of jobs and deliveries; after each of them every index holds exactly what its records say.
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { eraseJob } from "../../../src/api/erase.ts";
import { redeliver } from "../../../src/api/redeliver.ts";
import { Problem } from "../../../src/api/problem.ts";
import { creation, move, note } from "../../../src/shared/change.ts";
import type { Change } from "../../../src/shared/change.ts";
import { deliveryStatuses } from "../../../src/shared/delivery.ts";
import type { Delivery } from "../../../src/shared/delivery.ts";
import { isTerminal, jobStatuses, transitions } from "../../../src/shared/job.ts";
import type { Job } from "../../../src/shared/job.ts";
import { keysOf } from "../../../src/shared/keys-of.ts";
import { indexValue } from "../../../src/shared/store/job-index.ts";
import { everyone } from "../../../src/shared/store/keys.ts";
import { defaultEvents } from "../../../src/shared/webhook/event.ts";
import { beginAttempt } from "../../../src/worker/attempt.ts";
import { newJob, newRequest } from "../../support/job.ts";
import { openTestLedger, putJob, readZset } from "../../support/ledger.ts";
import type { TestLedger } from "../../support/ledger.ts";
import { newTestimony } from "../../support/witness.ts";

const RUNS = 40;
const open = { maxInFlight: 1e6, slotTtlMs: 1e6, paceIntervalMs: 0, paceToleranceMs: 0, probeIntervalMs: 1 };

type Step =
  | { do: "create"; tenant: string; tags: string[]; reference: string | null; hasWebhook: boolean }
  | { do: "move"; which: number; how: number; event: (typeof defaultEvents)[number] }
  | { do: "begin" | "retry" | "erase" | "purge"; which: number }
  | { do: "deliver"; which: number; status: Delivery["status"] }
  | { do: "redeliver"; which: number };

const tenants = ["acme", "globex"];
const words = ["a", "b", "ä b:*", ""];
const which = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("create" as const),
    tenant: fc.constantFrom(...tenants),
    tags: fc.array(fc.constantFrom(...words), { maxLength: 4 }),
    reference: fc.constantFrom(...words, null),
    hasWebhook: fc.boolean(),
  }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("move" as const),
      which,
      how: fc.nat(9),
      event: fc.constantFrom(...defaultEvents),
    }),
  },
  fc.record({
    do: fc.constantFrom("begin" as const, "retry" as const, "erase" as const, "purge" as const),
    which,
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("deliver" as const),
      which,
      status: fc.constantFrom(...keysOf(deliveryStatuses)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("redeliver" as const), which }) },
);

const pick = <T>(items: readonly T[], at: number): T | undefined => items[at % Math.max(1, items.length)];

/** The ids of all jobs that a story has made, in order. */
type Made = string[];

async function readJobs(ledger: TestLedger, made: Made): Promise<Job[]> {
  const found = await Promise.all(made.map((id) => ledger.jobs.readJob(id)));
  return found.flatMap((each) => (each ? [each.record] : []));
}

async function readDeliveries(ledger: TestLedger, jobs: Job[]): Promise<Delivery[]> {
  return (await Promise.all(jobs.map(({ id }) => ledger.deliveries.deliveriesOf(id)))).flat();
}

async function take(ledger: TestLedger, told: Step, made: Made): Promise<void> {
  const now = await ledger.jobs.readClock();
  if (told.do === "create") return void made.push((await putJob(ledger, jobOf(told, now))).id);
  const jobs = await readJobs(ledger, made);
  const deliveries = await readDeliveries(ledger, jobs);
  const job = pick(jobs, told.which);
  const delivery = pick(deliveries, told.which);
  if (told.do === "deliver" && delivery) {
    await ledger.deliveries.writeDelivery(delivery, { status: told.status }, now);
  } else if (told.do === "redeliver" && delivery) {
    const wish = redeliver(delivery, { erasedAt: null }, now);
    if (wish && !(wish instanceof Problem)) await ledger.deliveries.writeWish(delivery, wish, now, null);
  } else if (job) await takeJob(ledger, told, job, made);
}

async function takeJob(ledger: TestLedger, told: Step, { id }: Job, made: Made): Promise<void> {
  const known = await ledger.jobs.readJob(id);
  if (!known) throw new Error(`There is no job ${id}.`);
  const job = known.record;
  if (told.do === "move")
    await ledger.jobs.changeJob(id, (each, now) => moved(each, told.how, told.event, now));
  if (told.do === "retry") {
    const spawned = newJob(known.now(), { tenant: job.tenant, request: job.request });
    await ledger.jobs.changeJob(id, (each) => ({ ...note(each, {}, null), spawned: creation(spawned) }));
    made.push(spawned.id);
  }
  if (told.do === "erase") await ledger.jobs.eraseJob(id, eraseJob, known);
  if (told.do === "purge") await ledger.due.purgeJob(job, await ledger.deliveries.deliveriesOf(id));
  if (told.do === "begin" && job.status === "queued") {
    const testimony = await newTestimony(ledger);
    await ledger.jobs.begin(
      ledger.redis,
      known,
      beginAttempt(job, `att_${id}`, known.now()),
      open,
      testimony,
    );
  }
}

const jobOf = (
  { tenant, tags, reference, hasWebhook }: Extract<Step, { do: "create" }>,
  now: number,
): Job => {
  const webhook = hasWebhook ? { url: "https://hooks.example/in", events: ["job.*"] } : null;
  return newJob(now, { tenant, request: newRequest({ tags, reference, webhook }) });
};

/** Any move that the table allows, whatever its evidence would be. */
function moved(job: Job, how: number, event: (typeof defaultEvents)[number], now: number): Change | null {
  const allowed = keysOf(transitions).filter((name) =>
    transitions[name].from.some((status) => status === job.status),
  );
  const name = pick(allowed, how);
  if (!name) return null;
  return move(job, name, { finishedAt: isTerminal(transitions[name].to) ? now : null }, { event });
}

type Entry = { id: string; tenant: string; createdAt: number };

/** Every index that a story may touch, with what belongs in it. */
function indexesOf({ keys }: TestLedger, jobs: Job[], deliveries: Delivery[]): Map<string, Entry[]> {
  const indexes = new Map<string, Entry[]>();
  for (const owner of [...tenants, everyone]) {
    const own = jobs.filter(({ tenant }) => owner === everyone || tenant === owner);
    indexes.set(keys.jobs(owner), own);
    for (const status of keysOf(jobStatuses)) {
      indexes.set(
        keys.jobsBy(owner, "status", status),
        own.filter((job) => job.status === status),
      );
    }
    for (const word of owner === everyone ? [] : words) {
      const [tagged, referred] = [
        own.filter(({ request }) => request.tags.includes(word)),
        own.filter(({ request }) => request.reference === word),
      ];
      indexes.set(keys.jobsBy(owner, "tag", indexValue(word)), tagged);
      indexes.set(keys.jobsBy(owner, "reference", indexValue(word)), referred);
    }
  }
  for (const tenant of tenants) {
    const own = deliveries.filter((each) => each.tenant === tenant);
    indexes.set(keys.deliveries(tenant), own);
    for (const status of keysOf(deliveryStatuses)) {
      indexes.set(
        keys.deliveriesBy(tenant, status),
        own.filter((each) => each.status === status),
      );
    }
  }
  return indexes;
}

async function expectIndexes(ledger: TestLedger, made: Made): Promise<void> {
  const jobs = await readJobs(ledger, made);
  const wanted = indexesOf(ledger, jobs, await readDeliveries(ledger, jobs));
  const present = await Promise.all([...wanted.keys()].map((key) => readZset(ledger, key)));
  expect(Object.fromEntries([...wanted.keys()].map((key, index) => [key, present[index]]))).toEqual(
    Object.fromEntries(
      [...wanted].map(([key, entries]) => [
        key,
        Object.fromEntries(entries.map(({ id, createdAt }) => [id, createdAt])),
      ]),
    ),
  );
}

test("any story -> each index is what its records say, and is empty when they are gone", async () => {
  const ledger = openTestLedger();
  const stories = fc.array(step, { minLength: 5, maxLength: 40, size: "max" });
  const property = fc.asyncProperty(stories, async (story) => {
    const made: Made = [];
    for (const told of story) await take(ledger, told, made);
    await expectIndexes(ledger, made);
    for (const job of await readJobs(ledger, made)) {
      await ledger.due.purgeJob(job, await ledger.deliveries.deliveriesOf(job.id));
    }
    expect(await readJobs(ledger, made)).toEqual([]);
    await expectIndexes(ledger, made);
  });
  await fc.assert(property, { numRuns: RUNS });
});
