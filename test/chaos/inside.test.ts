// The module that is loaded into a process under test moves that process' clocks, and nothing else's.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { eventually } from "../support/eventually.ts";

const INSIDE = fileURLToPath(new URL("inside.ts", import.meta.url));
/** Says its clocks whenever it is asked. */
const PROGRAM = `process.stdin.on("data", () => process.stdout.write(JSON.stringify({
  now: Date.now(), made: new Date().getTime(), monotonic: performance.timeOrigin + performance.now() }) + "\\n"));
process.stdout.write("{}\\n")`;

const Clocks = z.object({ now: z.number(), made: z.number(), monotonic: z.number() });

test("the wall clock is set an hour forward -> Date and Date.now say so, and the monotonic clock does not", async () => {
  const process = await start();
  await process.order({ wallMs: 3_600_000 });
  const { now, made, monotonic } = await process.clocks();
  expect(now - Date.now()).toBeGreaterThan(3_590_000);
  expect(made - Date.now()).toBeGreaterThan(3_590_000);
  expect(monotonic - Date.now()).toBeLessThan(10_000);
});

test("the monotonic clock is set forward, and the wall clock back -> each says so; right again -> both do", async () => {
  const process = await start();
  await process.order({ wallMs: -60_000, monotonicMs: 60_000 });
  const off = await process.clocks();
  expect(off.now - Date.now()).toBeLessThan(-50_000);
  expect(off.monotonic - Date.now()).toBeGreaterThan(50_000);
  await process.order({ wallMs: 0, monotonicMs: 0 });
  const right = await process.clocks();
  expect(Math.abs(right.now - Date.now())).toBeLessThan(10_000);
});

test("orders to collect -> an answer with what the process holds, and the clocks stay as they are", async () => {
  const process = await start();
  await process.order({ wallMs: 60_000 });
  const answer = await process.order({ collect: 1 });
  expect(answer).toMatchObject({ wallMs: 60_000 });
  expect(answer["rss"]).toBeGreaterThan(1_000_000);
});

async function start() {
  const dir = await mkdtemp(join(tmpdir(), "onetake-inside-"));
  const file = join(dir, "orders");
  const env = { PATH: process.env["PATH"] ?? "", CHAOS_ORDERS: file, NODE_OPTIONS: `--import=${INSIDE}` };
  const child = spawn(process.execPath, ["-e", PROGRAM], { env, stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await rm(dir, { recursive: true, force: true });
  });
  await once(child.stdout, "data");
  const order = async (orders: object): Promise<Record<string, unknown>> => {
    await rm(`${file}.answer`, { force: true });
    await writeFile(file, JSON.stringify(orders));
    child.kill("SIGUSR2");
    const text = await eventually(() => readFile(`${file}.answer`, "utf8"));
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  };
  const clocks = async () => {
    const said = once(child.stdout, "data");
    child.stdin.write("?");
    return Clocks.parse(JSON.parse(String(await said)));
  };
  return { order, clocks };
}
