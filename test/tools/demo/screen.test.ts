// What a person sees: on a terminal, through a pipe, in colour or without.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createScreen } from "../../../tools/demo/screen.ts";
import { type Paper, paper, seenOn } from "./terminal.ts";

const XTERM = { TERM: "xterm-256color" };
const DIM = "\x1b[2m";
const USUAL = { columns: 80, rows: 24 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  for (const name of ["NO_COLOR", "FORCE_COLOR", "NODE_DISABLE_COLORS", "CI"]) vi.stubEnv(name, undefined);
  vi.stubEnv("TERM", XTERM.TERM);
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

describe("through a pipe", () => {
  test("headings, facts and steps -> plain lines in columns, without escape codes", () => {
    const output = paper();
    const screen = createScreen(output, XTERM);
    screen.heading("Everything starts");
    screen.fact("api", "http://127.0.0.1:3000", "(an aside)");
    vi.advanceTimersByTime(12_340);
    screen.step("lighthouse", "webhook", "job.succeeded VERIFIED", "good", "(evt_1)");
    screen.say("Done.", "bad");
    expect(output.written()).toBe(
      "\n1  Everything starts\n  api        http://127.0.0.1:3000 (an aside)\n" +
        "  12.3 s  lighthouse webhook     job.succeeded VERIFIED (evt_1)\nDone.\n",
    );
  });

  test("something is under way -> nothing is drawn, however long it takes", () => {
    const output = paper();
    const screen = createScreen(output, XTERM);
    screen.watch(() => ({ who: "boat", what: "generating", percent: 40 }));
    vi.advanceTimersByTime(10_000);
    screen.close();
    expect(output.written()).toBe("");
  });

  test("a long detail -> one line, for whoever reads it by lines", () => {
    const output = paper();
    createScreen(output, XTERM).step("boat", "failed", "word ".repeat(60).trim());
    expect(output.written().trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("colours", () => {
  test("a terminal -> yes; a pipe -> no", () => {
    expect([isColoured(paper(USUAL)), isColoured(paper())]).toEqual([true, false]);
  });

  test("FORCE_COLOR and a pipe -> yes", () => {
    vi.stubEnv("FORCE_COLOR", "1");
    expect(isColoured(paper())).toBe(true);
  });

  test.each([
    ["FORCE_COLOR=0", "FORCE_COLOR", "0"],
    ["NO_COLOR", "NO_COLOR", "1"],
  ])("%s and a terminal -> no", (_, name, value) => {
    vi.stubEnv(name, value);
    expect(isColoured(paper(USUAL))).toBe(false);
  });
});

describe("on a terminal", () => {
  test("something is under way -> one line, drawn again in place, gone when it is over", () => {
    const output = paper(USUAL);
    const screen = createScreen(output, XTERM);
    let percent = 0;
    screen.say("before");
    const leave = screen.watch(() => ({ who: "boat", what: "generating", percent }));
    percent = 50;
    vi.advanceTimersByTime(1_000);
    const { lines, hasCursor } = seenOn(output.written(), 80);
    expect(lines).toEqual([
      "before",
      expect.stringMatching(/ 1\.0 s {2}boat +generating +━{12}─{12} +50 %$/),
      "",
    ]);
    expect(hasCursor).toBe(false);
    leave();
    screen.say("after");
    expect(seenOn(output.written(), 80)).toEqual({ lines: ["before", "after", ""], hasCursor: true });
  });

  test("steps while something is under way -> they pass above it", () => {
    const output = paper(USUAL);
    const screen = createScreen(output, XTERM);
    screen.follow(() => [["first"], ["second"]]);
    screen.say("one");
    vi.advanceTimersByTime(500);
    screen.say("two");
    expect(seenOn(output.written(), 80).lines).toEqual(["one", "two", "first", "second", ""]);
  });

  test("nothing has changed -> no line is written again", () => {
    const output = paper(USUAL);
    const screen = createScreen(output, XTERM);
    screen.follow(() => [["always the same"]]);
    vi.advanceTimersByTime(2_000);
    expect(output.written().split("always the same")).toHaveLength(2);
  });

  test("more lines than rows, and wider than the terminal -> cut, so that going back finds the first", () => {
    const output = paper({ columns: 20, rows: 5 });
    const screen = createScreen(output, XTERM);
    screen.follow(() => Array.from({ length: 9 }, (_, n) => [`${n} `.repeat(30)]));
    vi.advanceTimersByTime(300);
    screen.say("above");
    const { lines } = seenOn(output.written(), 20);
    expect(lines.map((line) => line.slice(0, 3))).toEqual(["abo", "0 0", "1 1", "2 2", "3 3", ""]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(20);
  });

  test("the terminal becomes narrower -> the lines that broke are drawn over as well", () => {
    const output = paper({ columns: 60, rows: 24 });
    const screen = createScreen(output, XTERM);
    screen.follow(({ columns }) => [["x".repeat(50)], [`${columns} columns`]]);
    output.columns = 30;
    const wide = output.written();
    vi.advanceTimersByTime(100);
    const back = output.written().slice(wide.length);
    expect(back).toMatch(/^\r\x1b\[3A/); // oxlint-disable-line no-control-regex
  });

  test("closed in the middle -> the region is gone and the cursor is back", () => {
    const output = paper(USUAL);
    const screen = createScreen(output, XTERM);
    screen.follow(() => [["under way"]]);
    screen.close();
    vi.advanceTimersByTime(1_000);
    expect(seenOn(output.written(), 80)).toEqual({ lines: [""], hasCursor: true });
  });

  test("the process exits in the middle -> the cursor is back", () => {
    const output = paper(USUAL);
    const known = process.listeners("exit");
    createScreen(output, XTERM).follow(() => [["under way"]]);
    const own = process.listeners("exit").filter((listener) => !known.includes(listener));
    expect(own).toHaveLength(1);
    own[0]?.(0);
    expect(seenOn(output.written(), 80).hasCursor).toBe(true);
    expect(process.listeners("exit")).toEqual(known);
  });

  test("a detail that does not fit -> goes on below itself, and the aside is left out", () => {
    const output = paper(USUAL);
    const screen = createScreen(output, XTERM);
    screen.step(
      "boat",
      "failed",
      "ten words of a cause that take more than one line here",
      "plain",
      "(aside)",
    );
    screen.step("boat", "ended", "short", "plain", "(aside)");
    const { lines } = seenOn(output.written(), 80);
    expect(lines).toEqual([
      "   0.0 s  boat       failed      ten words of a cause that take more than one",
      "                                 line here",
      "   0.0 s  boat       ended       short (aside)",
      "",
    ]);
  });

  test("a terminal too narrow for columns -> the detail stands below", () => {
    const output = paper({ columns: 40, rows: 24 });
    const screen = createScreen(output, XTERM);
    screen.heading("A job is bought once, and reported by a webhook");
    screen.step("boat", "queued", "waiting for a slot and its turn, as all do", "plain", "(aside)");
    expect(seenOn(output.written(), 40).lines).toEqual([
      "",
      "1  A job is bought once, and reported by",
      "a webhook",
      "   0.0 s  boat       queued",
      "    waiting for a slot and its turn, as",
      "    all do",
      "",
    ]);
  });

  test("a URL that does not fit -> whole, so that it can be copied", () => {
    const output = paper({ columns: 60, rows: 24 });
    const url = `http://127.0.0.1/${"x".repeat(100)}`;
    createScreen(output, XTERM).fact("video", url);
    expect(output.written()).toContain(url);
  });

  test("a terminal that says it has no columns -> taken for a usual one", () => {
    const output = paper({ columns: 0, rows: 0 });
    createScreen(output, XTERM).say("Some words that fit into eighty columns.");
    expect(seenOn(output.written(), 80).lines).toEqual(["Some words that fit into eighty columns.", ""]);
  });

  test("a terminal that is dumb -> plain lines, nothing drawn", () => {
    const output = paper(USUAL);
    const screen = createScreen(output, { TERM: "dumb" });
    screen.watch(() => ({ who: "boat", what: "generating", percent: 40 }));
    vi.advanceTimersByTime(1_000);
    screen.say("words");
    expect(output.written()).toBe("words\n");
  });

  test("control characters in what others have said -> shown as nothing or a space, obeyed by nobody", () => {
    vi.stubEnv("NO_COLOR", "1");
    const output = paper(USUAL);
    createScreen(output, XTERM).step("x\x1b[2J", "failed", "red \x1b[31mand\x07 \u202Eback\u009b2J\r\nend");
    expect(seenOn(output.written(), 80).lines[0]).toMatch(/x +failed +red and {2}back.* end$/);
    // oxlint-disable-next-line no-control-regex
    expect(output.written()).not.toMatch(/[\x07\r\u009b\u202e]|\x1b\[(2J|31m)/);
  });
});

function isColoured(output: Paper): boolean {
  createScreen(output, XTERM).say("dim", "dim");
  return output.written().includes(DIM);
}
