import { expect, test } from "vitest";

import type { Level } from "../../src/shared/log-line.ts";
import { createLogger } from "../../src/shared/logger.ts";
import type { Logger } from "../../src/shared/logger.ts";
import { openLogBook } from "../support/log-book.ts";

const breaker = { level: "error", msg: "breaker.open", cause: "account" };

test("a line of the catalogue -> its name, its usual level, its fields, the process and the time", () => {
  const book = openLogBook("worker");
  book.log.tell("job.accepted", { job_id: "job_1", tenant: "acme", model: "m" });
  expect(book.lines).toEqual([
    {
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      process: "worker",
      job_id: "job_1",
      tenant: "acme",
      model: "m",
      msg: "job.accepted",
    },
  ]);
});

test("a line that asks for something -> says what to do", () => {
  const book = openLogBook("worker");
  book.log.tell("breaker.open", { cause: "account" });
  expect(book.lines).toMatchObject([{ ...breaker, act: expect.stringContaining("wallet") }]);
});

test("a listener that fails -> the line is written, its caller goes on, and the others hear it", () => {
  const book = openLogBook("worker");
  const heard: string[] = [];
  book.log.heardBy(() => {
    throw new Error("no");
  });
  book.log.heardBy((name) => heard.push(name));
  book.log.tell("breaker.closed", {});
  expect(heard).toEqual(["breaker.closed"]);
  expect(book.lines.map(({ msg }) => msg)).toEqual(["breaker.closed", "listener.failed"]);
});

test("a line that is louder than usual -> at that level, with what to do about that", () => {
  const book = openLogBook("api");
  const request = { method: "GET", route: "/v1/jobs", http_status: 500, duration_ms: 1 };
  book.log.tell("http.request", request, "error");
  expect(book.lines).toMatchObject([{ level: "error", http_status: 500, act: expect.any(String) }]);
  book.log.tell("http.request", request);
  expect(book.lines[1]).not.toHaveProperty("act");
});

test("a child -> its own fields and the line's, in the same log, which the same listeners hear", () => {
  const book = openLogBook("api");
  const heard: string[] = [];
  const child: Logger = book.log.child({ request_id: "r" }).child({ stage: "poll" });
  book.log.heardBy((name) => heard.push(name));
  child.tell("breaker.closed", {});
  expect(book.lines).toMatchObject([{ request_id: "r", stage: "poll", msg: "breaker.closed" }]);
  expect(heard).toEqual(["breaker.closed"]);
});

test("a line that is too quiet to be written -> listeners hear it all the same", () => {
  const heard: [string, unknown, Level][] = [];
  const log = createLogger("worker", "silent");
  log.heardBy((name, fields, level) => heard.push([name, fields, level]));
  log.tell("breaker.open", { cause: "account" });
  log.tell("queue.error", { err: null });
  expect(heard).toEqual([
    ["breaker.open", { cause: "account" }, "error"],
    ["queue.error", { err: null }, "debug"],
  ]);
});

test("nothing is on its way -> flush resolves at once", async () => {
  const log = createLogger("worker", "silent");
  log.tell("breaker.open", { cause: "account" });
  const soon = new Promise((resolve) => setImmediate(() => resolve("late")));
  expect(await Promise.race([log.flush().then(() => "flushed"), soon])).toBe("flushed");
});
