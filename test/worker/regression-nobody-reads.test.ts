// A process whose log nobody read any more did not end when it was told to: its last flush tried for ever.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

import { apiEnvironment } from "../support/api.ts";

const MAIN = fileURLToPath(new URL("../../src/worker/main.ts", import.meta.url));

test("the reader of the log has gone, Redis is away, SIGTERM -> exit code 0 all the same", async () => {
  const environment = { REDIS_URL: "redis://127.0.0.1:1", NOVITA_API_KEY: "any", WORKER_PORT: "0" };
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env["PATH"], ...apiEnvironment(environment) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let read = "";
  for await (const text of child.stdout.setEncoding("utf8")) {
    read += String(text);
    // Nothing more is told until the process stops.
    if (read.includes("redis.away")) break;
  }
  child.stdout.destroy();
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});
