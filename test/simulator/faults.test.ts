import { describe, expect, it } from "vitest";
import { listFaults } from "../../src/simulator/faults.ts";
import { refusals } from "../../src/simulator/refusals.ts";
import { call, startSimulator, statusOf, urlOf, type Client } from "./support.ts";

/** Proves one fault; `order` asks for it by one of the two ways, and returns the prompt to send. */
type Proof = (client: Client, order: (fault: string) => Promise<string>) => Promise<void>;

describe.each(["marker", "control route"])("a fault ordered by %s", (way) => {
  it.each(listFaults())("$channel=$name -> $does", async ({ channel, name }) => {
    expect.hasAssertions();
    const proof = proofs[`${channel}=${name}`];
    if (proof === undefined) throw new Error("this fault has no proof");
    const client = await startSimulator({ settings: { generationMs: 1_000 } });
    await proof(client, (fault) => orderBy(way, client, `${channel}=${fault}`));
  });
});

it("a proof of a fault that is not in the table -> found out", () => {
  const keys = listFaults().map(({ channel, name }) => `${channel}=${name}`);
  expect(Object.keys(proofs).sort()).toEqual(keys.sort());
});

const SUCCEED = "TASK_STATUS_SUCCEED";
const FAILED = "TASK_STATUS_FAILED";
const PROCESSING = "TASK_STATUS_PROCESSING";
const QUEUED = "TASK_STATUS_QUEUED";

/** Enough for any answer here to come, were there one. */
const SHORT_MS = 200;
const RESET = { code: "ECONNRESET" };
const TIMEOUT = { name: "TimeoutError" };
const PAGE = expect.stringMatching(/^<html>/);
const without = (text: string): unknown => expect.not.stringContaining(text);
const LONGER_THAN_GENERATION_MS = 60_000;

/** Each kind of unknown outcome comes in two: nothing accepted, and accepted all the same. */
const ambiguous: [name: string, (fault: string, sold: number) => Proof][] = [
  ["drop", (fault, sold) => submitsInVain(fault, sold, RESET)],
  ["hang", (fault, sold) => submitsInVain(fault, sold, TIMEOUT)],
  ...[408, 500, 502, 503, 504].map((status): (typeof ambiguous)[number] => [
    String(status),
    (fault, sold) =>
      inTurn([
        submits(`${fault}:html`, sold, { status, text: PAGE }),
        submits(`${fault}:empty`, sold, { status, text: "" }),
        submits(`${fault}:novita`, sold, { status, json: { code: status, reason: expect.any(String) } }),
      ]),
  ]),
  ["empty", (fault, sold) => submits(fault, sold, { status: 200, text: "" })],
  [
    "truncated",
    (fault, sold) => submits(fault, sold, { status: 200, text: expect.stringMatching(/^\{"[^}]+$/) }),
  ],
  ["html", (fault, sold) => submits(fault, sold, { status: 200, text: PAGE })],
  ["no-task-id", (fault, sold) => submits(fault, sold, { status: 200, text: "{}" })],
  ["code", (fault, sold) => submits(fault, sold, { status: 200, json: { code: -1, data: null } })],
];

const proofs: Record<string, Proof> = {
  ...Object.fromEntries(
    Object.entries(refusals).map(([reason, { status }]) => [
      `submit=${reason}`,
      submits(reason, 0, { status, json: { code: status, reason, metadata: {} } }),
    ]),
  ),
  ...Object.fromEntries(
    ambiguous.flatMap(([name, prove]) => [
      [`submit=${name}`, prove(name, 0)],
      [`submit=accept-then-${name}`, prove(`accept-then-${name}`, 1)],
    ]),
  ),
  "submit=novita-4xx": submits("novita-4xx:451", 0, { status: 451, json: { reason: "BRAND_NEW_REASON" } }),
  "submit=proxy-4xx": submits("proxy-4xx:413", 0, { status: 413, text: PAGE }),
  "submit=redirect": submits("redirect:302", 0, { status: 302, headers: { location: "/sim/followed" } }),
  "submit=late-refusal": submits("late-refusal:5", 0, { status: 429 }),
  "submit=accept-then-late": submits("accept-then-late:5", 1, { json: { task_id: expect.any(String) } }),
  "submit=old-envelope": submits("old-envelope", 1, {
    json: { code: 0, data: { task_id: expect.any(String) } },
  }),

  ...Object.fromEntries(
    [401, 403, 404, 408, 409, 425, 500, 502, 503, 504].map((status) => [
      `poll=${status}`,
      looks(`${status}`, { status }),
    ]),
  ),
  "poll=flap": async (client, order) => {
    const taskId = await client.buy(await order("flap"));
    const replies = [await client.look(taskId), await client.look(taskId), await client.look(taskId)];
    expect(replies.map(({ status }) => status)).toEqual([404, 200, 404]);
  },
  "poll=429": looks("429:11", { status: 429, headers: { "retry-after": "11" } }),
  "poll=redirect": looks("redirect", { status: 307, headers: { location: "/sim/followed" } }),
  "poll=html": looks("html", { status: 200, text: PAGE }),
  "poll=empty": looks("empty", { status: 200, text: "" }),
  "poll=truncated": looks("truncated", { status: 200, text: expect.stringMatching(/^\{.+[^}]$/) }),
  "poll=no-task": looks("no-task", { status: 200, text: "{}" }),
  "poll=drop": looksInVain("drop", RESET),
  "poll=hang": looksInVain("hang", TIMEOUT),
  "poll=late": looks("late:5", { json: { task: { status: QUEUED } } }),
  "poll=drip": looks("drip:1", { json: { task: { status: QUEUED } } }),

  "shape=ttl-number": shapes("ttl-number", { json: { videos: [{ video_url_ttl: 3600 }] } }),
  "shape=ttl-absent": shapes("ttl-absent", { text: without("ttl") }),
  "shape=progress-absent": shapes("progress-absent", { text: without("progress_percent") }),
  "shape=progress-zero": shapes("progress-zero", { json: { task: { progress_percent: 0 } } }),
  "shape=progress-over": shapes("progress-over", { json: { task: { progress_percent: 150 } } }),
  "shape=progress-back": async (client, order) => {
    const taskId = await client.buy(await order("progress-back"));
    for (const progress_percent of [70, 40, 10, -20])
      expect(await client.look(taskId)).toMatchObject({ json: { task: { progress_percent } } });
  },
  "shape=arrays-absent": async (client, order) => {
    const taskId = await client.buy(await order("arrays-absent"));
    const fields = async () => Object.keys(Object((await client.look(taskId)).json));
    expect(await fields()).toEqual(["extra", "task"]);
    client.advance(LONGER_THAN_GENERATION_MS);
    expect(await fields()).toEqual(["extra", "task", "videos"]);
  },
  "shape=extra-absent": shapes("extra-absent", { text: without("extra") }),
  "shape=unknown-fields": shapes("unknown-fields", { json: { beta: {}, task: { mood: "cheerful" } } }),
  "shape=unknown-status": inTurn([
    shapes("unknown-status", { json: { task: { status: "TASK_STATUS_UNKNOWN" } } }),
    shapes("unknown-status:PAUSED", { json: { task: { status: "PAUSED" } } }),
  ]),
  "shape=empty-status": shapes("empty-status", { json: { task: { status: "" } } }),

  "end=succeed": ends("succeed", [SUCCEED], {
    json: { videos: [{ video_url: expect.stringMatching(/^http/) }] },
  }),
  "end=late": async (client, order) => {
    const taskId = await client.buy(await order("late:90000"));
    client.advance(80_000);
    const task = { status: PROCESSING, progress_percent: 99 };
    expect(await client.look(taskId)).toMatchObject({ json: { task } });
    client.advance(80_000);
    expect(statusOf(await client.look(taskId))).toBe(SUCCEED);
  },
  "end=failed": ends("failed:out of memory: 8 GB", [FAILED, FAILED], {
    json: { task: { reason: "out of memory: 8 GB" }, videos: [] },
  }),
  "end=failed-huge": ends("failed-huge", [FAILED], {
    // As JSON writes them: NUL and ESC, and the last of tens of thousands of characters.
    text: expect.stringMatching(/"reason":"\\u0000\\u001b.{50000,}\u2028"/s),
  }),
  "end=failed-then-succeed": ends("failed-then-succeed x2", [FAILED, FAILED, SUCCEED, SUCCEED], {
    json: { task: { reason: "" }, videos: [{ video_url: expect.stringMatching(/^http/) }] },
  }),
  "end=no-url": inTurn([
    ends("no-url", [SUCCEED, SUCCEED, SUCCEED, SUCCEED], { json: { videos: [] } }),
    ends("no-url:blank", [SUCCEED], { json: { videos: [{ video_url: "" }] } }),
    ends("no-url:absent", [SUCCEED], { text: without("videos") }),
    ends("no-url x2:empty", [SUCCEED, SUCCEED], { json: { videos: [] } }),
    ends("no-url x2:empty", [SUCCEED, SUCCEED, SUCCEED], { json: { videos: [{ video_type: "mp4" }] } }),
  ]),
  "end=stuck": ends("stuck", [PROCESSING, PROCESSING], { json: { task: { progress_percent: 50 } } }),
  "end=stuck-queued": ends("stuck-queued", [QUEUED, QUEUED], { json: { task: { progress_percent: 0 } } }),
  "end=lost": async (client, order) => {
    const taskId = await client.buy(await order("lost"));
    expect(statusOf(await client.look(taskId))).toBe(QUEUED);
    client.advance(LONGER_THAN_GENERATION_MS);
    expect(await client.look(taskId)).toMatchObject({ status: 404 });
    expect(await client.control("GET", "/sim/ledger")).toMatchObject({
      json: { tasks: [{ state: "lost" }], counters: { in_flight: 0 } },
    });
  },
  "gen=time": async (client, order) => {
    const taskId = await client.buy(await order("3000"));
    client.advance(2_999);
    expect(statusOf(await client.look(taskId))).toBe(PROCESSING);
    client.advance(1);
    expect(statusOf(await client.look(taskId))).toBe(SUCCEED);
  },

  "file=expired": downloads("expired", { status: 403, text: expect.stringContaining("Request has expired") }),
  "file=missing": downloads("missing", { status: 404, text: expect.stringContaining("NoSuchKey") }),
  "file=wrong-length": async (client, order) => {
    const url = await buyVideo(client, await order("wrong-length"));
    await expect(call(url)).rejects.toMatchObject({ code: "UND_ERR_SOCKET" });
  },
  "file=not-video": downloads("not-video", { headers: { "content-type": "video/mp4" }, text: PAGE }),
  "file=late": downloads("late:5", { status: 200, headers: { "content-type": "video/mp4" } }),
  "file=slow": downloads("slow:1", { status: 200, headers: { "content-type": "video/mp4" } }),
  "file=redirect": async (client, order) => {
    const { status, headers } = await call(await buyVideo(client, await order("redirect")));
    expect(status).toBe(302);
    const { href } = new URL(String(headers["location"]), client.simulator.url);
    expect(await call(href)).toMatchObject({ status: 200, headers: { "content-type": "video/mp4" } });
  },
};

async function orderBy(way: string, client: Client, fault: string): Promise<string> {
  if (way === "marker") return `a cat [[sim:${fault}]]`;
  const { status } = await client.control("POST", "/sim/faults", { fault });
  expect(status).toBe(201);
  return "a cat";
}

/** Runs proofs one after the other, each on a simulator that has forgotten the one before. */
function inTurn(steps: Proof[]): Proof {
  return async (client, order) => {
    for (const step of steps) {
      client.simulator.reset();
      await step(client, order);
    }
  };
}

/** Submits with the fault; expects the answer, and so many tasks and charges in the ledger. */
function submits(fault: string, sold: number, expected: object): Proof {
  return async (client, order) => {
    expect(await client.submit(await order(fault))).toMatchObject(expected);
    expectSold(client, sold);
  };
}

function submitsInVain(fault: string, sold: number, error: object): Proof {
  return async (client, order) => {
    client.patienceMs = SHORT_MS;
    await expect(client.submit(await order(fault))).rejects.toMatchObject(error);
    expectSold(client, sold);
  };
}

function expectSold({ simulator: { ledger } }: Client, sold: number): void {
  expect(ledger.tasks).toHaveLength(sold);
  expect(ledger.refusals).toHaveLength(1 - sold);
  expect(ledger.counters.chargedMicros).toBe(sold * 750_000);
}

/** Buys, looks once with the fault, and once more to see that the task lives on. */
function looks(fault: string, expected: object): Proof {
  return async (client, order) => {
    const taskId = await client.buy(await order(fault.replace(/(?=:|$)/, " x1")));
    expect(await client.look(taskId)).toMatchObject(expected);
    expect(statusOf(await client.look(taskId))).toBe(QUEUED);
  };
}

function looksInVain(fault: string, error: object): Proof {
  return async (client, order) => {
    const taskId = await client.buy(await order(fault));
    client.patienceMs = SHORT_MS;
    await expect(client.look(taskId)).rejects.toMatchObject(error);
  };
}

/** Buys, lets the task succeed, looks. */
function shapes(fault: string, expected: object): Proof {
  return async (client, order) => {
    const taskId = await client.buy(await order(fault));
    client.advance(LONGER_THAN_GENERATION_MS);
    expect(await client.look(taskId)).toMatchObject({ status: 200, ...expected });
  };
}

/** Buys, lets the task end, and looks once for each status; `last` is what the last look shows. */
function ends(fault: string, statuses: string[], last: object): Proof {
  return async (client, order) => {
    const taskId = await client.buy(await order(fault));
    client.advance(LONGER_THAN_GENERATION_MS);
    const replies = [];
    for (const _ of statuses) replies.push(await client.look(taskId));
    expect(replies.map(statusOf)).toEqual(statuses);
    expect(replies.at(-1)).toMatchObject(last);
  };
}

function downloads(fault: string, expected: object): Proof {
  return async (client, order) => {
    expect(await call(await buyVideo(client, await order(fault)))).toMatchObject(expected);
  };
}

async function buyVideo(client: Client, prompt: string): Promise<string> {
  const taskId = await client.buy(prompt);
  client.advance(LONGER_THAN_GENERATION_MS);
  return urlOf(await client.look(taskId));
}
