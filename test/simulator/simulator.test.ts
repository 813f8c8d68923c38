import { describe, expect, it } from "vitest";
import type { SimulatorOptions } from "../../src/simulator/simulator.ts";
import { call, START, startSimulator, statusOf, urlOf, type Client } from "./support.ts";

const FOREVER_MS = 3_600_000;

describe("POST /v3/async/wan2.7-t2v", () => {
  it("a good body -> 200 with a task_id, and a charge for the default size and duration", async () => {
    const { submit, control, simulator } = await startSimulator();
    const reply = await submit("a cat [[job:j1]]");
    expect(reply).toMatchObject({ status: 200, json: { task_id: simulator.ledger.tasks[0]?.id } });
    expect(await control("GET", "/sim/ledger")).toMatchObject({
      json: {
        tasks: [
          {
            job: "j1",
            body: { prompt: "a cat [[job:j1]]" },
            accepted_at: new Date(START).toISOString(),
            charge_micros: 750_000,
            state: "queued",
            looks: 0,
          },
        ],
        refusals: [],
        counters: { submits: 1, charged_micros: 750_000, in_flight: 1, max_in_flight: 1 },
      },
    });
  });

  it("the same POST twice -> two tasks and two charges, found by their job", async () => {
    const { submit, simulator } = await startSimulator();
    await submit("a cat [[job:j1]]", { size: "1280*720", duration: 2 });
    await submit("a cat [[job:j1]]", { size: "1280*720", duration: 2 });
    await submit("a dog [[job:j2]]", { size: "1280*720", duration: 2 });
    expect(simulator.ledger.tasksOf("j1").map(({ order }) => order.chargeMicros)).toEqual([200_000, 200_000]);
    expect(simulator.ledger.tasksOf("j2")).toHaveLength(1);
    expect(simulator.ledger.counters).toMatchObject({ submits: 3, chargedMicros: 600_000 });
    expect(new Set(simulator.ledger.tasks.map(({ id }) => id)).size).toBe(3);
  });

  it.each([
    ["no prompt", {}],
    ["an empty prompt", { prompt: "" }],
    ["a size of no tier", { prompt: "a", size: "1280x720" }],
    ["a duration of 1", { prompt: "a", duration: 1 }],
    ["a duration of 16", { prompt: "a", duration: 16 }],
    ["a broken duration", { prompt: "a", duration: 2.5 }],
    ["a seed of -1", { prompt: "a", seed: -1 }],
    ["a seed over 31 bits", { prompt: "a", seed: 2 ** 31 }],
    ["a watermark that is text", { prompt: "a", watermark: "no" }],
    ["an audio_url that is none", { prompt: "a", audio_url: "tune" }],
    ["an unknown fault", { prompt: "a [[sim:poll=405]]" }],
    ["an unknown channel", { prompt: "a [[sim:pol=404]]" }],
    ["an argument that does not fit", { prompt: "a [[sim:gen=soon]]" }],
    ["a list", []],
  ])("%s -> 400 INVALID_REQUEST_BODY, nothing sold", async (_, body) => {
    const { simulator } = await startSimulator();
    expect(await postRaw(simulator.url, JSON.stringify(body))).toMatchObject({
      status: 400,
      json: { code: 400, reason: "INVALID_REQUEST_BODY", metadata: {} },
    });
    expect(simulator.ledger.tasks).toEqual([]);
    expect(simulator.ledger.refusals).toMatchObject([{ status: 400, reason: "INVALID_REQUEST_BODY" }]);
  });

  it("a prompt over 1500 characters, and a field unknown -> accepted without a word", async () => {
    const { submit } = await startSimulator();
    expect(await submit("a".repeat(2_000), { mood: "cheerful" })).toMatchObject({ status: 200 });
  });

  it("a body that is no JSON, or of another type -> 400, in the ledger", async () => {
    const { simulator } = await startSimulator();
    expect(await postRaw(simulator.url, "{")).toMatchObject({ status: 400 });
    expect(await postRaw(simulator.url, '{"prompt":"a"}', { "content-type": "text/plain" })).toMatchObject({
      status: 400,
    });
    expect(simulator.ledger.refusals).toHaveLength(2);
  });

  it("another model, or another path -> 404 API_NOT_FOUND", async () => {
    const { simulator } = await startSimulator();
    const expected = { status: 404, json: { reason: "API_NOT_FOUND" } };
    expect(await postRaw(simulator.url, '{"prompt":"a"}', {}, "/v3/async/wan9")).toMatchObject(expected);
    expect(await call(`${simulator.url}/v4`)).toMatchObject(expected);
  });
});

describe("authorization", () => {
  it.each([
    ["no header", {}, 400, "MISSING_API_KEY"],
    ["another scheme", { authorization: "Basic abc" }, 401, "FAILED_TO_AUTH"],
    ["a wrong key", { authorization: "Bearer wrong" }, 403, "INVALID_API_KEY"],
  ])("%s -> %s %s, on submit and on a look", async (_, headers, status, reason) => {
    const { simulator } = await startSimulator({ settings: { apiKey: "right" } });
    const expected = { status, json: { code: status, reason } };
    const type = { "content-type": "application/json" };
    const submit = { method: "POST", headers: { ...type, ...headers }, body: "{}" } as const;
    expect(await call(`${simulator.url}/v3/async/wan2.7-t2v`, submit)).toMatchObject(expected);
    expect(await call(`${simulator.url}/v3/async/task-result?task_id=x`, { headers })).toMatchObject(
      expected,
    );
    expect(simulator.ledger.counters.looks).toBe(0);
  });

  it("the right key -> accepted", async () => {
    const { submit } = await startSimulator({ settings: { apiKey: "test-key" } });
    expect(await submit("a cat")).toMatchObject({ status: 200 });
  });
});

describe("GET /v3/async/task-result", () => {
  it("as time passes -> QUEUED, PROCESSING with growing progress, SUCCEED with a presigned link", async () => {
    const { buy, look, advance } = await startSimulator();
    const taskId = await buy("a cat [[sim:gen=10000]]");
    const seen = [];
    for (const step of [500, 1_500, 3_000, 5_000]) {
      advance(step);
      const { json } = await look(taskId);
      seen.push(json);
    }
    expect(seen).toMatchObject([
      { task: { task_id: taskId, status: "TASK_STATUS_QUEUED", progress_percent: 5, eta: 10 }, videos: [] },
      { task: { status: "TASK_STATUS_PROCESSING", progress_percent: 20, eta: 8 }, videos: [] },
      { task: { status: "TASK_STATUS_PROCESSING", progress_percent: 50, eta: 5 }, videos: [] },
      {
        extra: {},
        task: { status: "TASK_STATUS_SUCCEED", progress_percent: 100, eta: 0, reason: "" },
        images: [],
        videos: [{ video_url_ttl: "3600", video_type: "mp4" }],
        audios: [],
      },
    ]);
  });

  it("an unknown task -> 404, counted; no task_id -> 400", async () => {
    const { look, simulator } = await startSimulator();
    expect(await look("nobody")).toMatchObject({ status: 404, json: { code: 404 } });
    expect(await look("")).toMatchObject({ status: 400, json: { reason: "INVALID_REQUEST_BODY" } });
    expect(simulator.ledger.counters).toMatchObject({ looks: 1, looksAtUnknown: 1 });
  });

  it("after the retention time -> 404, while the ledger remembers", async () => {
    const { buy, look, advance, simulator } = await startSimulator({ settings: { retentionS: 100 } });
    const taskId = await buy("a cat [[sim:gen=1000]]");
    advance(100_999);
    expect(await look(taskId)).toMatchObject({ status: 200 });
    advance(1);
    expect(await look(taskId)).toMatchObject({ status: 404 });
    expect(simulator.ledger.find(taskId)).toMatchObject({ looks: 2 });
  });
});

describe("limits", () => {
  it("a submit over the rpm -> 429 until a minute has passed", async () => {
    const { submit, advance } = await startSimulator({ settings: { rpm: 2 } });
    await submit("a");
    advance(20_000);
    await submit("b");
    expect(await submit("c")).toMatchObject({
      status: 429,
      headers: { "retry-after": "40" },
      json: { reason: "RATE_LIMIT_EXCEEDED" },
    });
    advance(40_000);
    expect(await submit("d")).toMatchObject({ status: 200 });
  });

  it.each([
    ["date", new Date(START + 60_000).toUTCString()],
    ["garbage", "soon"],
    ["none", undefined],
  ] as const)("Retry-After as %s -> %s", async (retryAfter, header) => {
    const { submit } = await startSimulator({ settings: { rpm: 1, retryAfter } });
    await submit("a");
    const { status, headers } = await submit("b");
    expect([status, headers["retry-after"]]).toEqual([429, header]);
  });

  it("a task over the concurrency -> 429 until one has ended; the most at once is kept", async () => {
    const { submit, advance, simulator } = await startSimulator({ settings: { concurrency: 2 } });
    await submit("a [[sim:gen=1000]]");
    await submit("b [[sim:gen=2000]]");
    expect(await submit("c")).toMatchObject({ status: 429 });
    advance(1_000);
    expect(await submit("d")).toMatchObject({ status: 200 });
    advance(FOREVER_MS);
    expect(simulator.ledger.inFlight(START + 2 * FOREVER_MS)).toBe(0);
    expect(simulator.ledger.counters.maxInFlight).toBe(2);
  });

  it("a wallet that runs dry -> 400 BILLING_BALANCE_NOT_ENOUGH, until it is filled", async () => {
    const { submit, control } = await startSimulator({ settings: { balanceMicros: 1_000_000 } });
    expect(await submit("a")).toMatchObject({ status: 200 });
    expect(await submit("b")).toMatchObject({ status: 400, json: { reason: "BILLING_BALANCE_NOT_ENOUGH" } });
    expect(await control("GET", "/sim/settings")).toMatchObject({ json: { balance_micros: 250_000 } });
    await control("POST", "/sim/settings", { balance_micros: 750_000 });
    expect(await submit("c")).toMatchObject({ status: 200 });
  });

  it("a fault that accepts, on an empty wallet -> refused all the same", async () => {
    const { submit, simulator } = await startSimulator({ settings: { balanceMicros: 0 } });
    expect(await submit("a [[sim:submit=accept-then-drop]]")).toMatchObject({ status: 400 });
    expect(simulator.ledger.tasks).toEqual([]);
  });
});

describe("generation time", () => {
  it("the same seed -> the same times; another -> others", async () => {
    expect(await draw({ seed: 7 })).toEqual(await draw({ seed: 7 }));
    expect(await draw({ seed: 7 })).not.toEqual(await draw({ seed: 8 }));
  });

  it("spreads around its mean, and grows with duration and size", async () => {
    const times = await draw({ settings: { generationMs: 1_000 } });
    expect(mean(times)).toBeGreaterThan(800);
    expect(mean(times)).toBeLessThan(1_200);
    expect(Math.max(...times)).toBeGreaterThan(1.5 * Math.min(...times));
    const long = await draw({ settings: { generationMs: 1_000 } }, { duration: 10, size: "1920*1080" });
    expect(mean(long)).toBeCloseTo(3.2 * mean(times), 5);
  });

  it("a time scale of 0 -> every task ends at once, ordered times too", async () => {
    const { buy, look } = await startSimulator({ settings: { timeScale: 0 } });
    expect(statusOf(await look(await buy("a [[sim:gen=99999]]")))).toBe("TASK_STATUS_SUCCEED");
    expect(statusOf(await look(await buy("a [[sim:end=stuck]]")))).not.toBe("TASK_STATUS_SUCCEED");
  });
});

describe("orders", () => {
  it("several in one channel -> they run one after the other", async () => {
    const { buy, look } = await startSimulator();
    const taskId = await buy("a [[sim:poll=404x2]] and [[sim:poll=500 x1:empty]] [[sim:shape=extra-absent]]");
    const replies = [await look(taskId), await look(taskId), await look(taskId), await look(taskId)];
    expect(replies.map(({ status }) => status)).toEqual([404, 404, 500, 200]);
    expect(replies[3]?.text).not.toContain("extra");
  });

  it("a submit fault for the first two POSTs of a prompt -> the third is accepted", async () => {
    const { submit } = await startSimulator();
    const prompt = "a [[sim:submit=RATE_LIMIT_EXCEEDED x2:date+9]]";
    expect(await submit(prompt)).toMatchObject({
      status: 429,
      headers: { "retry-after": new Date(START + 9_000).toUTCString() },
    });
    expect(await submit("another prompt")).toMatchObject({ status: 200 });
    expect(await submit(prompt)).toMatchObject({ status: 429 });
    expect(await submit(prompt)).toMatchObject({ status: 200 });
  });

  it("several shapes -> all apply to one look", async () => {
    const { buy, look } = await startSimulator();
    const taskId = await buy("a [[sim:shape=progress-over x1]] [[sim:shape=unknown-status]]");
    expect(await look(taskId)).toMatchObject({
      json: { task: { progress_percent: 150, status: "TASK_STATUS_UNKNOWN" } },
    });
    expect(await look(taskId)).toMatchObject({ json: { task: { progress_percent: 0 } } });
  });

  it("armed for the next two -> two are hit, of any prompt; armed without a number -> all until cleared", async () => {
    const { submit, control } = await startSimulator();
    await control("POST", "/sim/faults", { fault: "submit=502", times: 2 });
    expect(await statuses(4, submit)).toEqual([502, 502, 200, 200]);
    await control("POST", "/sim/faults", { fault: "submit=503" });
    expect(await statuses(3, submit)).toEqual([503, 503, 503]);
    expect(await control("DELETE", "/sim/faults")).toMatchObject({ status: 204 });
    expect(await statuses(1, submit)).toEqual([200]);
  });

  it("armed with a probability -> the seed decides, and reset rewinds it", async () => {
    const { submit, control, simulator } = await startSimulator({ seed: 3 });
    const arm = () => control("POST", "/sim/faults", { fault: "submit=502", probability: 0.5 });
    await arm();
    const first = await statuses(20, submit);
    expect(new Set(first)).toEqual(new Set([200, 502]));
    await control("POST", "/sim/reset");
    expect(simulator.ledger.counters.submits).toBe(0);
    await arm();
    expect(await statuses(20, submit)).toEqual(first);
  });

  it("the xN of an armed end -> looks of each task that it hits, not tasks", async () => {
    const { buy, look, control } = await startSimulator({ settings: { timeScale: 0 } });
    await control("POST", "/sim/faults", { fault: "end=failed-then-succeed x1", times: 2 });
    const lives = [];
    for (const prompt of ["a", "b", "c"]) {
      const taskId = await buy(prompt);
      lives.push([statusOf(await look(taskId)), statusOf(await look(taskId))]);
    }
    const twice = ["TASK_STATUS_FAILED", "TASK_STATUS_SUCCEED"];
    expect(lives).toEqual([twice, twice, ["TASK_STATUS_SUCCEED", "TASK_STATUS_SUCCEED"]]);
  });
});

describe("control routes", () => {
  it("GET /sim/faults -> the table, each row with an example that works", async () => {
    const { control, submit, simulator } = await startSimulator();
    await control("POST", "/sim/faults", { fault: "file=missing x3" });
    const { json } = await control("GET", "/sim/faults");
    expect(json).toMatchObject({
      faults: expect.arrayContaining([
        expect.objectContaining({
          channel: "end",
          name: "failed",
          example: "[[sim:end=failed:out of memory]]",
        }),
      ]),
      armed: [{ order: "file=missing x3", probability: 1, left: 3 }],
    });
    for (const [example] of JSON.stringify(json).matchAll(/\[\[sim:(?!submit)[^"]*\]\]/g))
      await submit(example);
    expect(simulator.ledger.refusals).toEqual([]);
    expect(simulator.ledger.tasks.length).toBeGreaterThan(40);
  });

  it.each([
    ["/sim/faults", { fault: "poll=405" }],
    ["/sim/faults", { fault: "poll=404", probability: 2 }],
    ["/sim/faults", { fault: "poll=404", tims: 2 }],
    ["/sim/settings", { url_tttl_s: 3 }],
    ["/sim/settings", { rpm: -1 }],
  ])("POST %s %o -> 400 that says why, nothing changed", async (path, body) => {
    const { control, simulator } = await startSimulator();
    const before = simulator.settings;
    expect(await control("POST", path, body)).toMatchObject({
      status: 400,
      json: { error: expect.any(String) },
    });
    expect([simulator.settings, simulator.armed.list()]).toEqual([before, []]);
  });

  it("GET /sim/ledger?job= -> that job's tasks and refusals only", async () => {
    const { submit, control } = await startSimulator();
    await submit("a [[job:j1]] [[sim:submit=ILLEGAL_PROMPT x1]]");
    await submit("a [[job:j1]] [[sim:submit=ILLEGAL_PROMPT x1]]");
    await submit("a [[job:j2]]");
    expect(await control("GET", "/sim/ledger?job=j1")).toMatchObject({
      json: {
        tasks: [{ job: "j1", markers: ["submit=ILLEGAL_PROMPT x1"] }],
        refusals: [{ job: "j1", status: 400, reason: "ILLEGAL_PROMPT", at: new Date(START).toISOString() }],
        counters: { submits: 3 },
      },
    });
  });

  it("orders that were carried out -> counted: spoiled submits and looks, and ends that were ordered", async () => {
    const { submit, look, buy, simulator } = await startSimulator();
    await submit("a [[sim:submit=ILLEGAL_PROMPT x1]]");
    await submit("a [[sim:submit=ILLEGAL_PROMPT x1]]");
    const taskId = await buy("b [[sim:poll=500 x2]] [[sim:end=failed]] [[sim:gen=10]]");
    for (let n = 0; n < 5; n++) await look(taskId);
    expect(simulator.ledger.counters.faults).toBe(1 + 2 + 1);
    simulator.reset();
    expect(simulator.ledger.counters.faults).toBe(0);
  });

  it("POST /sim/reset -> ledger, faults and settings as at the start, in place", async () => {
    const { submit, control, simulator, look, buy } = await startSimulator({ settings: { rpm: 1 } });
    const { ledger } = simulator;
    const taskId = await buy("a");
    simulator.configure({ rpm: 2 });
    simulator.armed.arm("submit=502");
    expect(await control("POST", "/sim/reset")).toMatchObject({ status: 204 });
    expect(ledger.tasks).toEqual([]);
    expect(await look(taskId)).toMatchObject({ status: 404 });
    expect(simulator.settings.rpm).toBe(1);
    expect(await submit("b")).toMatchObject({ status: 200 });
    expect(ledger.tasks).toHaveLength(1);
  });

  it("a redirect that is followed -> counted, and whether the key came along", async () => {
    const { simulator } = await startSimulator();
    await call(`${simulator.url}/sim/followed`, { headers: { authorization: "Bearer leaked" } });
    await call(`${simulator.url}/sim/followed`, { method: "POST", json: {} });
    expect(simulator.ledger.counters).toMatchObject({ redirectsFollowed: 2, redirectsFollowedWithKey: 1 });
  });
});

it("close while answers hang, drip and wait -> ends at once", async () => {
  const { buy, look, submit, simulator, advance } = await startSimulator();
  const prompts = ["a [[sim:poll=hang]]", "a [[sim:poll=drip:60000]]", "a [[sim:poll=late:60000]]"];
  const looking = [];
  for (const prompt of prompts) looking.push(look(await buy(prompt)));
  const slow = await buy("a [[sim:file=slow:60000]] [[sim:gen=0]]");
  advance(1);
  looking.push(call(urlOf(await look(slow))));
  const settled = Promise.allSettled([...looking, submit("a [[sim:submit=accept-then-late:60000]]")]);
  await eventuallySold(simulator.ledger, 5);
  await simulator.close();
  expect(await settled).toHaveLength(5);
});

async function draw(options: SimulatorOptions, fields: object = {}): Promise<number[]> {
  const client = await startSimulator(options);
  for (let n = 0; n < 40; n += 1) await client.submit("a", { size: "1280*720", ...fields });
  return client.simulator.ledger.tasks.map(({ generationMs }) => generationMs);
}

function mean(times: number[]): number {
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}

async function eventuallySold(ledger: Client["simulator"]["ledger"], tasks: number): Promise<void> {
  await expect.poll(() => ledger.tasks.length, { interval: 2 }).toBe(tasks);
}

async function statuses(times: number, submit: Client["submit"]): Promise<number[]> {
  const seen = [];
  for (let n = 0; n < times; n += 1) seen.push((await submit("a")).status);
  return seen;
}

function postRaw(url: string, body: string, headers = {}, path = "/v3/async/wan2.7-t2v") {
  const usual = { authorization: "Bearer k", "content-type": "application/json" };
  return call(`${url}${path}`, { method: "POST", headers: { ...usual, ...headers }, body });
}
