// `npm run demo` as it is started from a terminal, without the launcher, which has tests of its own.
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { buildReceiver } from "../../src/simulator/receiver.ts";
import { buildSimulator, type Simulator } from "../../src/simulator/simulator.ts";
import type { Settings } from "../../src/simulator/settings.ts";
import { call } from "../../tools/demo/http.ts";
import { eventually } from "../support/eventually.ts";
import { redisUrl } from "../support/redis.ts";
import { apiOf, finish, listeningOf, openFolder, type Run, runDemo, shows } from "./support/demo.ts";

const NOVITA_KEY = "the-key-of-a-paying-customer";
/** Looks as often as the test's Novita is quick. */
const QUICK = { POLL_FIRST_MS: "100", POLL_BASE_MS: "100", POLL_MAX_MS: "200" };
const LOOK_AROUND = "Run `npm run demo` without --once to keep it up and look around";
const VERIFIED = /webhook\s+job\.succeeded VERIFIED \(evt_[0-9A-Z]{26}\)/;

let dir = "";
let stop = async () => {};

beforeEach(async () => {
  ({ dir, stop } = await openFolder());
});

afterEach(() => stop());

const startDemo = (args: string[], env?: NodeJS.ProcessEnv): Run => runDemo(dir, args, env);

/** A Novita of the test's own: what the demo takes for the real one. */
async function openNovita(
  settings: Partial<Settings>,
): Promise<{ novita: Simulator; env: NodeJS.ProcessEnv }> {
  const novita = buildSimulator({ settings });
  onTestFinished(() => novita.close());
  const url = await novita.listen();
  return { novita, env: { ...QUICK, NOVITA_API_KEY: NOVITA_KEY, NOVITA_BASE_URL: url } };
}

describe("on the simulator", () => {
  test("--once -> every step, a verified webhook, the video's URL, exit code 0, and nothing left behind", async () => {
    const { code, output } = await finish(startDemo(["--once"]));
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(VERIFIED) });
    for (const step of ["POST 202", "queued", "submitting", "processing", "succeeded"]) {
      expect(output).toMatch(new RegExp(`lighthouse +${step}`));
    }
    expect(output).toMatch(/^ {2}video +http:\/\/127\.0\.0\.1:\d+\/files\/\w+\.mp4\?X-Amz-/m);
    expect(output).toMatch(/novita +books +1 sold for 1 job/);
    expect(output).toMatch(/^ {2}dashboard +http:\/\/127\.0\.0\.1:\d+\/admin\/queues$/m);
    expect(output).toContain(`\n\nBoth addresses end with this run.\n${LOOK_AROUND}.\n\nStopping …\n`);
    expect(output).not.toMatch(/^ {2}docs /m);
    expect(await readdir(join(dir, ".data"))).toEqual([]);
  });

  test("the output is no terminal -> plain lines", async () => {
    const { output } = await finish(startDemo(["--once"]));
    // oxlint-disable-next-line no-control-regex
    expect(output).not.toMatch(/\x1b/);
  });

  test("REDIS_URL names a Redis -> it is used, and no key of the demo stays in it", async () => {
    const redis = new Redis(redisUrl());
    onTestFinished(() => redis.disconnect());
    const run = startDemo(["--once"], { REDIS_URL: redisUrl() });
    await shows(run, "POST 202");
    expect(await redis.keys("{onetake-demo-*")).not.toEqual([]);
    expect((await finish(run)).code).toBe(0);
    expect(await redis.keys("{onetake-demo-*")).toEqual([]);
  });

  test("left running -> jobs in trouble end as they must, its keys work, and Ctrl-C ends it with 0", async () => {
    const run = startDemo([]);
    await shows(run, "Ctrl-C stops everything.");
    expect(run.output).toContain("POST 200    the same job again, nothing is bought");
    expect(run.output).toMatch(/balloon +webhook +job\.unconfirmed VERIFIED/);
    expect(run.output).toMatch(/boat +webhook +job\.succeeded VERIFIED/);
    expect(run.output).toContain("3 sold for 3 jobs");
    expect(run.output).toMatch(/^ {2}docs +http:\/\/127\.0\.0\.1:\d+\/docs$/m);
    expect(run.output).not.toContain(LOOK_AROUND);

    const key = /^ {2}KEY=(\S+)$/m.exec(run.output)?.[1];
    const body = JSON.parse(/-d '(\{"webhook[^]+?\})'$/m.exec(run.output)?.[1] ?? "null");
    const headers = { authorization: `Bearer ${key}` };
    expect((await call("POST", `${apiOf(run)}/v1/jobs`, { headers, body })).status).toBe(202);
    await eventually(() => expect(run.output).toMatch(/yours +webhook +job\.succeeded VERIFIED/), 60_000);

    const operator = /its login form takes (admin_\S+)/.exec(run.output)?.[1];
    const asOperator = { headers: { authorization: `Bearer ${operator}` } };
    expect((await call("GET", `${apiOf(run)}/v1/admin/jobs`, asOperator)).status).toBe(200);

    run.child.kill("SIGINT");
    expect((await finish(run)).code).toBe(0);
    await expect(call("GET", `${apiOf(run)}/livez`)).rejects.toThrow("ECONNREFUSED");
  });

  test("endpoints made by hand, by the command shown and at the jobs' own address -> told of, and the demo goes on", async () => {
    const run = startDemo([]);
    await shows(run, "Ctrl-C stops everything.");
    const key = /^ {2}KEY=(\S+)$/m.exec(run.output)?.[1];
    const shown = JSON.parse(/-d '(\{"url":.+?\})'$/m.exec(run.output)?.[1] ?? "null");
    const headers = { authorization: `Bearer ${key}` };
    const ownAddress = new URL("/", shown.url).href;
    for (const body of [shown, { url: ownAddress }]) {
      expect((await call("POST", `${apiOf(run)}/v1/webhook-endpoints`, { headers, body })).status).toBe(201);
    }
    const job = { input: { prompt: "A cat", size: "1280*720", duration: 2 }, webhook: { url: ownAddress } };
    expect((await call("POST", `${apiOf(run)}/v1/jobs`, { headers, body: job })).status).toBe(202);
    await eventually(() => {
      expect(run.output).toMatch(/yours +webhook +job\.succeeded VERIFIED/);
      expect(run.output).toMatch(/yours +webhook +came to \/all, signed with another secret/);
      expect(run.output).toMatch(/yours +webhook +came to \/, signed with another secret/);
    }, 60_000);
    run.child.kill("SIGINT");
    expect((await finish(run)).code).toBe(0);
  });

  test("two at once -> each on ports of its own, and both come to their ends", async () => {
    const runs = [startDemo(["--once"]), startDemo(["--once"])];
    const ends = await Promise.all(runs.map(finish));
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    expect(new Set(runs.map(apiOf)).size).toBe(2);
  });

  test("the demo is killed -> its processes end too", async () => {
    const run = startDemo([]);
    await shows(run, "POST 202");
    const api = apiOf(run);
    expect((await call("GET", `${api}/livez`)).status).toBe(200);
    run.child.kill("SIGKILL");
    await eventually(() => expect(call("GET", `${api}/livez`)).rejects.toThrow("ECONNREFUSED"), 20_000);
  });
});

describe("with NOVITA_API_KEY", () => {
  test("--once -> it warns, buys one video of 2 s at 720P, and verifies its webhook", async () => {
    const { novita, env } = await openNovita({ apiKey: NOVITA_KEY, generationMs: 200 });
    const { code, output } = await finish(startDemo(["--once"], env));
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(VERIFIED) });
    expect(output).toContain("THIS RUN BUYS ONE VIDEO");
    expect(output).not.toContain(NOVITA_KEY);
    expect(output).toContain(
      `The dashboard ends with this run.\n${LOOK_AROUND} (this buys another video).\n`,
    );
    expect(novita.ledger.tasks.map(({ body }) => body)).toEqual([
      expect.objectContaining({ size: "1280*720", duration: 2 }),
    ]);
  });

  test("stopped half-way -> the next run finishes the job that the first one bought", async () => {
    const { novita, env } = await openNovita({ generationMs: 20_000 });
    const first = startDemo(["--once"], env);
    await shows(first, "processing");
    first.child.kill("SIGTERM");
    expect(await finish(first)).toEqual({ code: 130, output: expect.not.stringMatching(VERIFIED) });
    const second = await finish(startDemo(["--once"], env));
    expect(second).toEqual({ code: 0, output: expect.stringMatching(VERIFIED) });
    expect(novita.ledger.tasks).toHaveLength(1);
  });

  test("stopped half-way, and its webhook's port is taken -> said so, and nothing is bought", async () => {
    const { novita, env } = await openNovita({ generationMs: 20_000 });
    const first = startDemo(["--once"], env);
    await shows(first, "processing");
    first.child.kill("SIGTERM");
    await finish(first);
    const port = Number(/receiver +http:\/\/127\.0\.0\.1:(\d+)/.exec(first.output)?.[1]);
    const other = buildReceiver({ port });
    await other.listen();
    onTestFinished(() => other.close());
    const { code, output } = await finish(startDemo(["--once"], env));
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(`Port ${port} is taken`) });
    expect(novita.ledger.tasks).toHaveLength(1);
  });

  test("the job of a stopped run has ended meanwhile -> its video is shown, and nothing is bought unasked", async () => {
    const { novita, env } = await openNovita({ generationMs: 3_000 });
    const credentials = join(dir, ".data/demo-novita/credentials.json");
    const first = startDemo(["--once"], env);
    await shows(first, "processing");
    const asStopped = await readFile(credentials, "utf8");
    expect((await finish(first)).code).toBe(0);
    await writeFile(credentials, asStopped);
    const { code, output } = await finish(startDemo(["--once"], env));
    expect(code).toBe(1);
    expect(output).toMatch(/An earlier run bought this video.+ http:\S+\.mp4\?/);
    expect(novita.ledger.tasks).toHaveLength(1);
    const third = await finish(startDemo(["--once"], env));
    expect(third).toEqual({ code: 0, output: expect.stringMatching(VERIFIED) });
    expect(novita.ledger.tasks).toHaveLength(2);
  });

  test("a run that went well -> the next one buys another video", async () => {
    const { novita, env } = await openNovita({ generationMs: 100 });
    expect((await finish(startDemo(["--once"], env))).code).toBe(0);
    expect((await finish(startDemo(["--once"], env))).code).toBe(0);
    expect(novita.ledger.tasks).toHaveLength(2);
  });

  test("Novita refuses the key -> exit code 1, its words, and nothing bought", async () => {
    const { novita, env } = await openNovita({ apiKey: "another-key" });
    const { code, output } = await finish(startDemo(["--once"], env));
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringMatching(/The demo failed\. Novita takes no jobs \(account\): HTTP 40[13]/),
    });
    expect(novita.ledger.tasks).toEqual([]);
  });
});

describe("a set-up that cannot work", () => {
  test("a variable that the processes refuse -> exit code 1 and what to change", async () => {
    const { code, output } = await finish(startDemo(["--once"], { RETENTION_S: "for ever" }));
    expect(code).toBe(1);
    expect(output).toContain("The demo failed.");
    expect(output).toContain("RETENTION_S must be a whole number");
    const kept = /is kept in (\S+)\./.exec(output)?.[1] ?? "";
    expect(await readFile(join(dir, kept, "api.log"), "utf8")).toContain("RETENTION_S");
  });

  test("REDIS_URL where nobody answers -> exit code 1 naming it", async () => {
    const { code, output } = await finish(startDemo(["--once"], { REDIS_URL: "redis://127.0.0.1:1" }));
    expect(code).toBe(1);
    expect(output).toContain("The Redis of REDIS_URL does not answer");
  });

  test("an unknown argument -> what is wrong, the usage, exit code 64", async () => {
    const { code, output } = await finish(startDemo(["--twice"]));
    expect(code).toBe(64);
    expect(output).toMatch(/^Unknown option '--twice'\.\n\nusage: npm run demo /);
  });

  test("--help -> the usage, exit code 0, and nothing started", async () => {
    const { code, output } = await finish(startDemo(["--help"]));
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/^usage: npm run demo /) });
    expect(await readdir(dir)).toEqual([]);
  });

  test.each([[["--jobs", "3"]], [["--faults"]]])(
    "%j with NOVITA_API_KEY -> refused, exit code 64",
    async (args) => {
      const { novita, env } = await openNovita({ apiKey: NOVITA_KEY });
      const { code, output } = await finish(startDemo(args, env));
      expect({ code, output }).toEqual({ code: 64, output: expect.stringContaining("unset NOVITA_API_KEY") });
      expect(novita.ledger.counters.submits).toBe(0);
    },
  );
});

describe("stopped in the middle", () => {
  /** From before anything is there to the middle of the story. */
  test.each(["Everything starts", "redis  ", "novita  ", "  api  ", "is up", "processing"])(
    "Ctrl-C after %j -> no folder and no process stays behind",
    async (moment) => {
      const run = startDemo([]);
      await shows(run, moment);
      run.child.kill("SIGINT");
      expect((await finish(run)).code).toBe(0);
      expect(await readdir(join(dir, ".data"))).toEqual([]);
      expect(await listeningOf(run)).toEqual([]);
    },
  );

  test("whoever read its output has gone -> it ends by itself, and leaves nothing behind", async () => {
    const run = startDemo([]);
    await shows(run, "Everything starts");
    run.child.stdout?.destroy();
    await once(run.child, "exit");
    expect(await readdir(join(dir, ".data"))).toEqual([]);
  });
});
