import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { throttleErrors } from "../../src/worker/throttle.ts";
import { openLogBook } from "../support/log-book.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function open() {
  const book = openLogBook("worker");
  const listener = throttleErrors(book.log);
  return { tell: (message: string) => listener(new Error(message)), lines: () => book.named("stage.error") };
}

test("one error by the thousand -> one line", () => {
  const { tell, lines } = open();
  for (let n = 0; n < 1000; n++) tell("OOM");
  expect(lines()).toMatchObject([{ level: "error", err: { message: "OOM" } }]);
});

test("the same error a moment before ten seconds, and then after -> a second line after only", () => {
  const { tell, lines } = open();
  tell("OOM");
  vi.advanceTimersByTime(9999);
  tell("OOM");
  expect(lines()).toHaveLength(1);
  vi.advanceTimersByTime(1);
  tell("OOM");
  expect(lines()).toHaveLength(2);
});

test("different errors -> a line each", () => {
  const { tell, lines } = open();
  tell("OOM");
  tell("READONLY");
  tell("OOM");
  expect(lines()).toHaveLength(2);
});

test("thousands of different errors, as with a counter in the message -> all told, none remembered for ever", () => {
  const { tell, lines } = open();
  tell("first");
  for (let n = 0; n < 5000; n++) tell(`error ${n}`);
  expect(lines()).toHaveLength(5001);
  tell("first");
  expect(lines()).toHaveLength(5002);
});
