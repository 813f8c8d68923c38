import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { readEnvironment } from "../../src/simulator/environment.ts";
import { call } from "./support.ts";

const main = fileURLToPath(new URL("../../src/simulator/main.ts", import.meta.url));

it("an empty environment -> the defaults, and no receiver", () => {
  expect(readEnvironment({ SIMULATOR_API_KEY: "", HOME: "/root" })).toEqual({
    simulator: { host: "127.0.0.1", port: 4010, seed: 1, settings: { apiKey: null, generationMs: 8_000 } },
  });
});

it("every variable set -> all are obeyed", () => {
  expect(
    readEnvironment({
      SIMULATOR_HOST: "0.0.0.0",
      SIMULATOR_PORT: "5010",
      SIMULATOR_API_KEY: "k",
      SIMULATOR_SEED: "42",
      SIMULATOR_GENERATION_MS: "90000",
      RECEIVER_PORT: "5011",
    }),
  ).toEqual({
    simulator: { host: "0.0.0.0", port: 5010, seed: 42, settings: { apiKey: "k", generationMs: 90_000 } },
    receiver: { host: "0.0.0.0", port: 5011 },
  });
});

it("faults in several variables -> all named at once, exit 78", async () => {
  const child = run({ SIMULATOR_PORT: "70000", SIMULATOR_SEED: "x", RECEIVER_PORT: "-1" });
  const complaint = child.stderr ? text(child.stderr) : "";
  expect(await once(child, "exit")).toEqual([78, null]);
  expect(await complaint).toMatch(/SIMULATOR_PORT: .+\n.+SIMULATOR_SEED: .+\n.+RECEIVER_PORT: /);
});

it.each(["SIGTERM", "SIGINT"] as const)("%s -> both servers were up, exit 0", async (signal) => {
  const child = run({ SIMULATOR_PORT: "0", RECEIVER_PORT: "0" });
  const urls = [];
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    urls.push(/http:\S+/.exec(line)?.[0] ?? line);
    if (urls.length === 2) break;
  }
  expect(await call(`${urls[0]}/sim/ledger`)).toMatchObject({ status: 200 });
  expect(await call(`${urls[1]}/received`)).toMatchObject({ status: 200 });
  child.kill(signal);
  expect(await once(child, "exit")).toEqual([0, null]);
});

it("a port that is taken -> said so, exit 1", async () => {
  const first = run({ SIMULATOR_PORT: "0" });
  const [line] = await once(createInterface({ input: first.stdout ?? process.stdin }), "line");
  const port = /:(\d+) /.exec(String(line))?.[1] ?? "";
  const second = run({ SIMULATOR_PORT: port });
  const complaint = second.stderr ? text(second.stderr) : "";
  expect(await once(second, "exit")).toEqual([1, null]);
  expect(await complaint).toContain("EADDRINUSE");
});

function run(env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}
