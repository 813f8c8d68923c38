import { expect, test } from "vitest";

import { createBackground } from "../../src/worker/background.ts";
import { openLogBook } from "../support/log-book.ts";

function open() {
  const book = openLogBook("worker");
  return { book, background: createBackground(book.log) };
}

test("nothing under way -> drained at once", async () => {
  const { background } = open();
  await expect(background.drain()).resolves.toBeUndefined();
});

test("work under way -> drained when it has ended, not before", async () => {
  const { background } = open();
  const work = Promise.withResolvers<string>();
  const told: string[] = [];
  const tracked = background.track(work.promise).then((result) => told.push(result));
  const drained = background.drain().then(() => told.push("drained"));
  await Promise.resolve();
  expect(told).toEqual([]);
  work.resolve("done");
  await Promise.all([tracked, drained]);
  expect(told).toEqual(["done", "drained"]);
});

test("work that begins while others are waited for -> waited for too", async () => {
  const { background } = open();
  const late = Promise.withResolvers<void>();
  const told: string[] = [];
  const first = async () => {
    await Promise.resolve();
    background.add(late.promise.then(() => void told.push("late work")));
  };
  background.add(first());
  const drained = background.drain().then(() => told.push("drained"));
  await new Promise(setImmediate);
  expect(told).toEqual([]);
  late.resolve();
  await drained;
  expect(told).toEqual(["late work", "drained"]);
});

test("tracked work fails -> its owner hears of it, the drain does not, and nothing is logged", async () => {
  const { background, book } = open();
  const tracked = background.track(Promise.reject(new Error("no")));
  await expect(tracked).rejects.toThrow("no");
  await background.drain();
  expect(book.lines).toEqual([]);
});

test("work that nobody awaits fails -> logged, and drained", async () => {
  const { background, book } = open();
  background.add(Promise.reject(new Error("lost in the dark")));
  await background.drain();
  await book.waitFor({ msg: "background.failed" });
  expect(book.named("background.failed")).toMatchObject([
    { level: "error", err: { message: "lost in the dark" } },
  ]);
});
