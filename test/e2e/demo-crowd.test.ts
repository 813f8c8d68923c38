// `npm run demo -- --jobs N --faults`: many jobs while everything goes wrong, and the audit of what became of them.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { call } from "../../tools/demo/http.ts";
import { eventually } from "../support/eventually.ts";
import { program } from "../support/program.ts";
import { seenOn } from "../tools/demo/terminal.ts";
import {
  apiOf,
  DEMO,
  finish,
  listeningOf,
  openFolder,
  type Run,
  runDemo,
  runProgram,
  shows,
} from "./support/demo.ts";

const script = process.platform === "linux" ? program("script") : null;

let dir = "";
let stop = async () => {};

beforeEach(async () => {
  ({ dir, stop } = await openFolder());
});

afterEach(() => stop());

describe("with faults", () => {
  test("--once, six jobs -> workers and Redis killed, all ended, none bought twice, exit code 0", async () => {
    const run = runDemo(dir, ["--once", "--jobs", "6", "--faults"]);
    const { code, output } = await finish(run);
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(
        /^6 jobs, 2 workers killed, Redis killed, \d+ faults injected -> 0 bought twice, 0 lost, 6 webhooks verified$/m,
      ),
    });
    expect(output).toMatch(/worker +killed +while it buys job 4: sold, and no answer yet/);
    // Job 3's answer is lost, and job 4's worker killed; a kill may catch another one on its way to Novita as well.
    for (const n of [3, 4]) expect(output).toMatch(new RegExp(`job ${n} +given up`));
    const [, succeeded, failed] = /^ {2}jobs +6: (\d) succeeded, (\d) failed$/m.exec(output) ?? [];
    expect(Number(succeeded) + Number(failed)).toBe(6);
    expect(output).not.toContain("\x1b");
    expect(await readdir(join(dir, ".data"))).toEqual([]);
    expect(await listeningOf(run)).toEqual([]);
  });

  test("left running -> unconfirmed jobs wait for a decision, and the commands name them", async () => {
    const run = runDemo(dir, ["--jobs", "3", "--faults"]);
    await shows(run, "Ctrl-C stops everything.");
    expect(run.output).toMatch(/^ {2}jobs +3: .*[123] unconfirmed/m);
    const id = /for ID in (job_\w+)/.exec(run.output)?.[1];
    const key = /^ {2}KEY=(\S+)$/m.exec(run.output)?.[1];
    const headers = { authorization: `Bearer ${key}` };
    const url = `${apiOf(run)}/v1/jobs/${id}/resolve`;
    expect((await call("POST", url, { headers, body: { action: "fail" } })).status).toBe(200);
    await eventually(() => expect(run.output).toMatch(/job \d +webhook +job\.failed VERIFIED/), 60_000);
    run.child.kill("SIGINT");
    expect((await finish(run)).code).toBe(0);
  });
});

test("--once, jobs without faults -> every one succeeds, and nobody is killed", async () => {
  const { code, output } = await finish(runDemo(dir, ["--once", "--jobs", "5"]));
  expect({ code, output }).toEqual({
    code: 0,
    output: expect.stringMatching(/^5 jobs -> 0 bought twice, 0 lost, 5 webhooks verified$/m),
  });
  expect(output).toMatch(/^ {2}jobs +5: 5 succeeded$/m);
});

test("Novita's books show a job's task twice -> the audit says so, exit code 1, and the logs are kept", async () => {
  const run = runDemo(dir, ["--once", "--jobs", "1"]);
  await shows(run, "processing");
  // Somebody buys again what the job has bought.
  const novita = /^ {2}novita +(\S+)/m.exec(run.output)?.[1];
  const { tasks } = Books.parse((await call("GET", `${novita}/sim/ledger`)).body);
  const headers = { authorization: "Bearer somebody" };
  const again = await call("POST", `${novita}/v3/async/wan2.7-t2v`, { headers, body: tasks[0]?.body });
  expect(again.status).toBe(200);
  const { code, output } = await finish(run);
  expect({ code, output }).toEqual({
    code: 1,
    output: expect.stringContaining("- job 1 was bought 2 times"),
  });
  expect(output).toContain("1 job -> 1 bought twice, 0 lost, 1 webhook verified");
  const kept = /is kept in (\S+)\./.exec(output)?.[1] ?? "";
  expect(await readdir(join(dir, kept))).toEqual(expect.arrayContaining(["api.log", "worker.log"]));
});

describe.skipIf(script === null && !process.env["CI"])("on a terminal", () => {
  test("a run to its end -> a table is drawn in place, then printed once, in colour", async () => {
    const { code, output } = await finish(onTerminal("--once --jobs 4"));
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringContaining("\x1b[32m✓ verified\x1b[39m"),
    });
    const { lines, hasCursor } = seenOn(output, 80);
    expect(lines.filter((line) => / succeeded .+✓ verified$/.test(line))).toHaveLength(4);
    expect(lines.filter((line) => line.includes("at rest"))).toEqual([]);
    expect(hasCursor).toBe(true);
  });

  test("the terminal goes away in the middle of a table -> nothing stays behind", async () => {
    const run = onTerminal("--jobs 20 --faults");
    await shows(run, "killed");
    const api = apiOf({ ...run, output: seenOn(run.output, 80).lines.join("\n") });
    run.child.kill("SIGKILL");
    await eventually(() => expect(call("GET", `${api}/livez`)).rejects.toThrow("ECONNREFUSED"), 30_000);
    await eventually(async () => expect(await readdir(join(dir, ".data"))).toEqual([]));
  });
});

function onTerminal(args: string): Run {
  const command = `stty cols 80 rows 24; exec ${process.execPath} ${DEMO} ${args}`;
  return runProgram(dir, [script ?? "", "-qec", command, "/dev/null"], { TERM: "xterm-256color" });
}

const Books = z.object({ tasks: z.array(z.object({ body: z.looseObject({}) })) });
