// The life of a process, in processes of their own: each runs a few lines against the module and is told to stop.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { SetupError } from "../../src/shared/errors.ts";
import { listenOrFault, orExit } from "../../src/shared/lifecycle.ts";
import { within } from "../../src/shared/within.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const HEAD = `
  import { closeOnSignal, exitOnFault, orExit } from "./src/shared/lifecycle.ts";
  import { SetupError } from "./src/shared/errors.ts";
  import { createLogger } from "./src/shared/logger.ts";
  const log = createLogger("api", "info");
  const stay = setInterval(() => {}, 1000);
`;

/** Runs the lines in a process; `said` resolves as soon as its output has the words. */
function run(lines: string) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", HEAD + lines], { cwd: ROOT });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      for (const listen of listeners) listen();
    });
  }
  const said = (words: string) =>
    new Promise<void>((resolve) => {
      const listen = () => {
        if (output.includes(words)) resolve();
      };
      listeners.add(listen);
      listen();
    });
  const ended = once(child, "close").then(([code]: unknown[]) => ({ code, output }));
  return { child, said, ended };
}

describe("a signal", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("%s -> what is open is closed, then exit 0", async (signal) => {
    const { child, said, ended } = run(`
      closeOnSignal(log, 5000, async () => { console.log("closing"); });
      console.log("ready");
    `);
    await said("ready");
    child.kill(signal);
    const { code, output } = await ended;
    expect(code).toBe(0);
    expect(output).toContain(`"signal":"${signal}"`);
    expect(output).toContain("closing");
    expect(output).toContain("process.stopped");
  });

  test("the same signal twice at once, as from a terminal and from npm -> still one graceful shutdown", async () => {
    const { child, said, ended } = run(`
      closeOnSignal(log, 5000, () => {
        console.log("closing");
        return new Promise((resolve) => process.once("SIGUSR2", resolve));
      });
      let heard = 0;
      process.on("SIGINT", () => console.log("heard", ++heard));
      console.log("ready");
    `);
    await said("ready");
    child.kill("SIGINT");
    await said("heard 1");
    child.kill("SIGINT");
    await said("heard 2");
    child.kill("SIGUSR2");
    const { code, output } = await ended;
    expect(code).toBe(0);
    expect(output.match(/closing/g)).toHaveLength(1);
  });

  test("a second signal more than a second later -> haste: exit 1 at once", async () => {
    const { child, said, ended } = run(`
      const now = performance.now.bind(performance);
      closeOnSignal(log, 60_000, () => {
        performance.now = () => now() + 1001;
        console.log("closing");
        return new Promise(() => {});
      });
      console.log("ready");
    `);
    await said("ready");
    child.kill("SIGTERM");
    await said("closing");
    child.kill("SIGTERM");
    const { code, output } = await ended;
    expect(code).toBe(1);
    expect(output).not.toContain("process.stopped");
  });

  test("closing hangs -> exit 1 when the time is up", async () => {
    const { child, said, ended } = run(`
      closeOnSignal(log, 50, () => new Promise(() => {}));
      console.log("ready");
    `);
    await said("ready");
    child.kill("SIGTERM");
    const { code, output } = await ended;
    expect(code).toBe(1);
    expect(output).toContain('"closed":false');
  });

  test("closing fails -> exit 1, and why", async () => {
    const { child, said, ended } = run(`
      closeOnSignal(log, 5000, () => Promise.reject(new Error("stuck door")));
      console.log("ready");
    `);
    await said("ready");
    child.kill("SIGTERM");
    const { code, output } = await ended;
    expect(code).toBe(1);
    expect(output).toContain("stuck door");
  });
});

describe("an error that nobody caught", () => {
  test.each([
    ["thrown", `setImmediate(() => { throw new Error("a bug"); });`],
    ["rejected", `void Promise.reject(new Error("a bug"));`],
  ])("%s -> logged, everything closed, exit 1", async (_how, lines) => {
    const { ended } = run(`closeOnSignal(log, 5000, async () => { console.log("closing"); }); ${lines}`);
    const { code, output } = await ended;
    expect(code).toBe(1);
    expect(output).toContain("a bug");
    expect(output).toContain("process.failed");
    expect(output).toContain("closing");
  });
});

describe("a fault of the set-up", () => {
  test("told by exitOnFault -> exit 78 and every fault on a line of its own", async () => {
    const { ended } = run(`exitOnFault(new SetupError(["PORT must be a number", "API_KEYS is required"]));`);
    const { code, output } = await ended;
    expect(code).toBe(78);
    expect(output).toBe(
      "Onetake cannot start. Please change:\n  - PORT must be a number\n  - API_KEYS is required\n",
    );
  });

  test("thrown in orExit -> exit 78", async () => {
    const { code, output } = await run(`orExit(() => { throw new SetupError(["no"]); });`).ended;
    expect({ code, output }).toEqual({ code: 78, output: expect.stringContaining("  - no\n") });
  });

  test("an address that somebody else listens at -> a sentence that names the variables, and the cause", async () => {
    const inUse = Object.assign(new Error("in use"), { code: "EADDRINUSE" });
    await expect(listenOrFault("HOST and PORT", () => Promise.reject(inUse))).rejects.toEqual(
      new SetupError(["HOST and PORT: nobody can listen at this address (EADDRINUSE)"]),
    );
  });

  test("a step that succeeds -> its result; one that throws anything else -> thrown on, no exit", () => {
    expect(orExit(() => 42)).toBe(42);
    expect(() =>
      orExit(() => {
        throw new TypeError("a bug");
      }),
    ).toThrow(TypeError);
    expect(new SetupError(["a", "b"]).message).toBe("a\nb");
  });
});

describe("work within a time", () => {
  test("it ends in time -> true, and no timer is left behind", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    expect(await within(1000, Promise.resolve("done"))).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("it does not -> false when the time is up, not before", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const told: boolean[] = [];
    const waiting = within(1000, new Promise(() => {})).then((ended) => told.push(ended));
    await vi.advanceTimersByTimeAsync(999);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(told).toEqual([false]);
  });

  test("it fails in time -> its error", async () => {
    await expect(within(1000, Promise.reject(new Error("no")))).rejects.toThrow("no");
  });
});
