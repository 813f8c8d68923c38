// The deliver stage at its destination's door: whoever is refused has spent nothing, and is called when there is a place.
import { describe, expect, test } from "vitest";

import { eraseJob } from "../../src/api/erase.ts";
import type { Delivery } from "../../src/shared/delivery.ts";
import { destinationOf, originOf } from "../../src/shared/destination.ts";
import { deliverWakeUp } from "../../src/shared/store/outgoing.ts";
import { muster } from "../../src/worker/crew.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import { reportOf } from "../../src/worker/doorman.ts";
import { rescueOverdue } from "../../src/worker/rescue.ts";
import type { Attempt } from "../../src/worker/send.ts";
import { disableEndpoint, signedWith } from "../support/addressee.ts";
import { changeDelivery, putDelivery, readDelivery } from "../support/delivery.ts";
import { liveEntries, loseWakeUps, openTestLedger, SUBMIT_TIMEOUT_MS } from "../support/ledger.ts";
import type { TestLedger } from "../support/ledger.ts";
import { holders, runOut, waitOut } from "../support/places.ts";

const URL = "https://hooks.example.com/in?token=t";
const TO = destinationOf("acme", URL);
const CAP = 5;
const HOUR_MS = 3_600_000;
const SCHEDULE_S = [5, 300];

const taken: Partial<Attempt> = { delivered: true, status: 204, errorCode: null };

/** The stage with a sender that counts, and answers 500 unless told otherwise. */
function openBench(answer: Partial<Attempt> = {}) {
  const ledger = openTestLedger();
  const bench = { ledger, sent: 0, answer };
  const refusal = { delivered: false, status: 500, errorCode: "http_error" } as const;
  const send = async (): Promise<Attempt> => {
    bench.sent += 1;
    return { durationMs: 1, retryAfterMs: null, snippet: null, ...refusal, ...bench.answer };
  };
  const deps = {
    ...ledger,
    sender: { send, close: async () => undefined },
    findAddressee: signedWith(`whsec_${Buffer.alloc(32, 7).toString("base64")}`),
    disableEndpoint,
    scheduleS: SCHEDULE_S,
    random: () => 0,
  };
  const deliver = (delivery: Delivery) => {
    const { id, n, to } = deliverWakeUp(delivery);
    return deliverEvent(deps, { id, n, to });
  };
  return Object.assign(bench, { deliver });
}

/** Within one, lines and ids have an order of their own. */
async function nextMillisecond({ jobs }: TestLedger): Promise<void> {
  const now = await jobs.readClock();
  while ((await jobs.readClock()) <= now);
}

async function putMany(ledger: TestLedger, count: number): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (let n = 0; n < count; n++) {
    deliveries.push(await putDelivery({ ledger }, {}, { url: URL }));
    await nextMillisecond(ledger);
  }
  return deliveries;
}

const entryOf = (delivery: Delivery | undefined): string => `${delivery?.id}-${delivery?.generation}`;

/** Five events in a row are answered 500, so the breaker is open. */
async function openBreaker(bench: ReturnType<typeof openBench>): Promise<void> {
  bench.answer = {};
  for (const delivery of await putMany(bench.ledger, CAP)) await bench.deliver(delivery);
}

describe("more deliveries than places", () => {
  test("seven are raised -> five are in the queue; each that ends brings the next in", async () => {
    const bench = openBench({ ...taken, durationMs: 2000 });
    const deliveries = await putMany(bench.ledger, 7);
    expect(await liveEntries(bench.ledger, "deliver")).toEqual(deliveries.slice(0, CAP).map(entryOf));
    const [first] = deliveries;
    if (!first) throw new Error("nothing was raised");
    expect(await bench.deliver(first)).toEqual({ as: "done" });
    expect(await liveEntries(bench.ledger, "deliver")).toEqual(deliveries.slice(0, CAP + 1).map(entryOf));
  });

  test("one comes without a place -> nothing is sent, no attempt is spent, and it is parked", async () => {
    const bench = openBench(taken);
    const deliveries = await putMany(bench.ledger, CAP + 1);
    const last = deliveries[CAP];
    if (!last) throw new Error("too few");
    expect(await bench.deliver(last)).toEqual({ as: "done" });
    expect(bench.sent).toBe(0);
    expect(await readDelivery(bench, last.id)).toEqual(last);
  });

  test("one that was parked sleeps -> it is woken when a place is free", async () => {
    const bench = openBench(taken);
    const [first, ...others] = await putMany(bench.ledger, CAP + 1);
    const last = others.at(-1);
    if (!first || !last) throw new Error("too few");
    const { deliver: queue } = bench.ledger.motor.queues;
    const { id, n, to } = deliverWakeUp(last);
    await queue.add("deliver", { id, n, to }, { jobId: entryOf(last), delay: 60_000 });
    await bench.deliver(first);
    expect(await queue.getJobState(entryOf(last))).toBe("waiting");
  });

  test("one is erased while it stands in line -> it gives its turn and its place back", async () => {
    const bench = openBench(taken);
    const { ledger } = bench;
    const [first, ...others] = await putMany(ledger, CAP + 2);
    if (!first || first.jobId === null) throw new Error("nothing was raised");
    const known = await ledger.jobs.readJob(first.jobId);
    if (known) await ledger.jobs.eraseJob(first.jobId, eraseJob, known);
    expect(await bench.deliver(first)).toEqual({ as: "discard" });
    expect(bench.sent).toBe(0);
    expect((await holders(ledger, TO)).sort()).toEqual(others.slice(0, CAP).map(entryOf));
  });

  test("a delivery's endpoint has moved to another host -> the old one has its place back, and it takes one at the new", async () => {
    const bench = openBench(taken);
    const [delivery] = await putMany(bench.ledger, 1);
    if (!delivery) throw new Error("nothing was raised");
    const moved = await changeDelivery(
      bench,
      { ...delivery, jobId: delivery.jobId ?? "" },
      { url: "https://new.example/" },
    );
    expect(await bench.deliver({ ...moved, url: URL })).toEqual({ as: "done" });
    expect(await holders(bench.ledger, TO)).toEqual([]);
    expect(await holders(bench.ledger, "acme")).toEqual([]);
  });
});

const rescue = ({ ledger }: { ledger: TestLedger }) => {
  const policy = { pollFirstMs: 10_000, recoveryMs: 86_400_000, holdMs: 600_000 };
  return rescueOverdue({ ...ledger, policy, submitTimeoutMs: SUBMIT_TIMEOUT_MS, scheduleS: [5] });
};
const makeOverdue = ({ redis, keys }: TestLedger, deliveries: Delivery[]) =>
  redis.zadd(keys.due, ...deliveries.flatMap(({ id }) => [1, id]));
const lookNow = async (ledger: TestLedger) => {
  await ledger.redis.zadd(ledger.keys.lines, 1, TO);
  await muster(ledger, "worker");
};

describe("a wake-up is lost", () => {
  test("of those who have places, and rescue comes -> they are in the queue again, and nobody else is", async () => {
    const bench = openBench();
    const deliveries = await putMany(bench.ledger, CAP + 3);
    await loseWakeUps(bench.ledger);
    await makeOverdue(bench.ledger, deliveries);
    await rescue(bench);
    expect(await liveEntries(bench.ledger, "deliver")).toEqual(deliveries.slice(0, CAP).map(entryOf));
  });

  test("of those who were called up, their places run out, and rescue comes -> all places are given again", async () => {
    const bench = openBench();
    const deliveries = await putMany(bench.ledger, CAP + 3);
    await loseWakeUps(bench.ledger);
    await runOut(bench.ledger, TO, "acme");
    await makeOverdue(bench.ledger, deliveries);
    await rescue(bench);
    expect(await liveEntries(bench.ledger, "deliver")).toEqual(deliveries.slice(0, CAP).map(entryOf));
  });

  test("of those who left without calling up the next -> the crew calls them up", async () => {
    const bench = openBench();
    const { ledger } = bench;
    const deliveries = await putMany(ledger, CAP + 3);
    await loseWakeUps(ledger);
    // As if their worker had died between the end of their attempts and whatever follows it.
    await ledger.redis.zrem(ledger.keys.line(TO), ...deliveries.slice(0, CAP).map(entryOf));
    await runOut(ledger, TO, "acme");
    await lookNow(ledger);
    expect(await liveEntries(ledger, "deliver")).toEqual(deliveries.slice(CAP).map(entryOf));
  });

  test("all keys of places are gone, as in a Redis that forgot them -> rescue brings everybody back in line", async () => {
    const bench = openBench();
    const { ledger } = bench;
    const deliveries = await putMany(ledger, CAP + 3);
    await loseWakeUps(ledger);
    const { keys, redis } = ledger;
    await redis.del(keys.line(TO), keys.lines, keys.places(TO), keys.places("acme"));
    await makeOverdue(ledger, deliveries);
    await rescue(bench);
    expect(await redis.zcard(keys.line(TO))).toBe(CAP + 3);
    expect(await liveEntries(ledger, "deliver")).toHaveLength(CAP);
  });
});

describe("a destination that is down", () => {
  test("five failures -> it is told of; those that follow spend no attempt and keep their place in the schedule, and in line", async () => {
    const bench = openBench();
    await openBreaker(bench);
    expect(bench.ledger.logs.named("destination.opened")).toMatchObject([
      { level: "warn", tenant: "acme", origin: "https://hooks.example.com", open_ms: 30_000 },
    ]);
    const retrying = await putDelivery(bench, { status: "retrying", attempt: 3, failures: 1 }, { url: URL });
    const outcome = await bench.deliver(retrying);
    expect(outcome).toEqual({ as: "done" });
    expect(bench.sent).toBe(CAP);
    expect(await readDelivery(bench, retrying.id)).toEqual(retrying);
  });

  test("its time is over -> one probe at a time; it is taken -> closed, it is told of, and all go on", async () => {
    const bench = openBench();
    const { ledger } = bench;
    await openBreaker(bench);
    await loseWakeUps(ledger);
    const waiting = await putMany(ledger, 7);
    expect(await liveEntries(ledger, "deliver")).toEqual([]);
    await waitOut(ledger, TO);
    await ledger.doorman.lookAfter(TO);
    expect(await liveEntries(ledger, "deliver")).toEqual(waiting.slice(0, 1).map(entryOf));
    const [probe, second] = waiting;
    if (!probe || !second) throw new Error("too few");
    expect(await bench.deliver(second)).toEqual({ as: "done" });
    bench.answer = { ...taken, durationMs: 2000 };
    expect(await bench.deliver(probe)).toEqual({ as: "done" });
    expect(ledger.logs.named("destination.closed")).toMatchObject([{ tenant: "acme" }]);
    expect(await liveEntries(ledger, "deliver")).toEqual(waiting.slice(0, CAP + 1).map(entryOf));
  });

  test("places were given before it opened -> whoever comes with one is refused, and only one of them is the probe", async () => {
    const bench = openBench();
    const deliveries = await putMany(bench.ledger, CAP);
    const { places } = bench.ledger;
    for (let n = 0; n < 5; n++) {
      await places.leave({ entry: "another-1", to: TO }, { road: "down", pace: "same" });
    }
    for (const delivery of deliveries) expect(await bench.deliver(delivery)).toEqual({ as: "done" });
    expect(bench.sent).toBe(0);
    await waitOut(bench.ledger, TO);
    const sentBefore = bench.sent;
    await Promise.all(deliveries.map((delivery) => bench.deliver(delivery)));
    expect(bench.sent - sentBefore).toBe(1);
  });

  test("for as long as the schedule lasts, an hour at least -> the delivery is given up, as failed, and it is told of", async () => {
    const bench = openBench();
    await openBreaker(bench);
    const delivery = await putDelivery(bench, {}, { url: URL });
    const now = await bench.ledger.jobs.readClock();
    const waited = await changeDelivery(bench, delivery, { nextAt: now - HOUR_MS + 5000 });
    expect(await bench.deliver(waited)).toEqual({ as: "done" });
    expect(await readDelivery(bench, delivery.id)).toEqual(waited);
    const over = await changeDelivery(bench, waited, { nextAt: now - HOUR_MS - 1 });
    expect(await bench.deliver(over)).toEqual({ as: "done" });
    expect(await readDelivery(bench, delivery.id)).toMatchObject({
      status: "failed",
      attempt: 0,
      failures: 0,
      lastError: "destination_down",
      finishedAt: expect.any(Number),
    });
    expect(bench.ledger.logs.named("delivery.given_up")).toMatchObject([{ delivery_id: delivery.id }]);
  });

  test("when the last attempt of a schedule is due -> it waits for a probe like all others, and is not given up untried", async () => {
    const bench = openBench();
    await openBreaker(bench);
    const delivery = await putDelivery(bench, {}, { url: URL });
    const nextAt = (await bench.ledger.jobs.readClock()) - 60_000;
    const last = await changeDelivery(bench, delivery, {
      status: "retrying",
      attempt: 2,
      failures: 2,
      nextAt,
    });
    expect(await bench.deliver(last)).toEqual({ as: "done" });
    expect(await readDelivery(bench, delivery.id)).toEqual(last);
  });

  test("a delivery has stood in line for longer than its schedule lasts -> rescue gives it an entry, so that it sees when its time is over", async () => {
    const bench = openBench();
    const { ledger } = bench;
    await openBreaker(bench);
    const delivery = await putDelivery(bench, {}, { url: URL });
    const nextAt = (await ledger.jobs.readClock()) - HOUR_MS - 1;
    await changeDelivery(bench, delivery, { nextAt });
    await loseWakeUps(ledger);
    await ledger.redis.zadd(ledger.keys.due, 1, delivery.id);
    await rescue(bench);
    expect(await liveEntries(ledger, "deliver")).toEqual([entryOf(delivery)]);
  });
});

describe("what an attempt says of its destination", () => {
  const failure = { delivered: false, status: null, durationMs: 5 } as const;
  const answered = (status: number) => ({ ...failure, status, errorCode: "http_error" }) as const;

  test.each([
    [
      "taken within a second",
      { delivered: true, status: 200, errorCode: null, durationMs: 1000 },
      "up",
      "fast",
    ],
    ["taken later", { delivered: true, status: 200, errorCode: null, durationMs: 1001 }, "up", "slow"],
    ["404", answered(404), "up", "same"],
    ["429", answered(429), "up", "less"],
    ["500", answered(500), "down", "same"],
    ["502", answered(502), "down", "less"],
    ["503", answered(503), "down", "less"],
    ["504", answered(504), "down", "less"],
    ["a redirect", { ...failure, status: 302, errorCode: "redirect" }, "up", "same"],
    ["410", { ...failure, status: 410, errorCode: "gone" }, "up", "same"],
    ["nothing in time", { ...failure, errorCode: "timeout" }, "down", "less"],
    ["no connection", { ...failure, errorCode: "connection_refused" }, "down", "same"],
    ["no address", { ...failure, errorCode: "dns_error" }, "down", "same"],
    ["a forbidden address", { ...failure, errorCode: "target_forbidden" }, "silent", "same"],
    ["a bug of ours", { ...failure, errorCode: "internal_error" }, "silent", "same"],
    ["no way out", { ...failure, errorCode: "egress_error" }, "silent", "same"],
  ] as const)("%s -> %#", (_, attempt, road, pace) => {
    expect(reportOf(attempt)).toEqual({ road, pace });
  });
});

describe("a destination's name", () => {
  test.each([
    ["another path and query", "https://hooks.example.com/else?x=1", true],
    ["the usual port, capitals", "https://HOOKS.example.com:443/", true],
    ["another port", "https://hooks.example.com:8443/", false],
    ["another scheme", "http://hooks.example.com/", false],
    ["another host", "https://hooks2.example.com/", false],
    ["no address", "", false],
  ])("%s -> the same one: %s", (_, url, isSame) => {
    expect(destinationOf("acme", url) === TO).toBe(isSame);
    expect(destinationOf("globex", url)).not.toBe(TO);
  });

  test("it tells nothing of the address", () => {
    expect(TO).toMatch(/^acme:[\w-]{22}$/);
    expect(originOf(URL)).toBe("https://hooks.example.com");
  });
});
