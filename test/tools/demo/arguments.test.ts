import { describe, expect, test } from "vitest";
import { readArguments, refuseOnNovita } from "../../../tools/demo/arguments.ts";

const usual = { isOnce: false, jobs: null, hasFaults: false };

describe("readArguments", () => {
  test.each([
    ["", usual],
    ["--once", { ...usual, isOnce: true }],
    ["--jobs 1", { ...usual, jobs: 1 }],
    ["--jobs=200", { ...usual, jobs: 200 }],
    ["--faults", { ...usual, jobs: 20, hasFaults: true }],
    ["--once --jobs 6 --faults", { isOnce: true, jobs: 6, hasFaults: true }],
  ])("%s -> run so", (line, options) => {
    expect(readArguments(split(line))).toEqual({ as: "run", options });
  });

  test.each(["--help", "-h", "--once -h"])("%s -> help", (line) => {
    expect(readArguments(split(line))).toEqual({ as: "help" });
  });

  test.each([
    ["--jobs 0", '--jobs takes a whole number from 1 to 200, not "0"'],
    ["--jobs 201", '--jobs takes a whole number from 1 to 200, not "201"'],
    ["--jobs 1.5", '--jobs takes a whole number from 1 to 200, not "1.5"'],
    ["--jobs=", '--jobs takes a whole number from 1 to 200, not ""'],
    ["--jobs 1e2", '--jobs takes a whole number from 1 to 200, not "1e2"'],
    ["--jobs", "Option '--jobs <value>' argument missing"],
    ["--jobs --once", "Option '--jobs' argument is ambiguous"],
    ["--twice", "Unknown option '--twice'"],
    ["twice", "Unexpected argument 'twice'"],
    ["--once=yes", "Option '--once' does not take an argument"],
  ])("%s -> wrong, and why", (line, problem) => {
    expect(readArguments(split(line))).toEqual({ as: "wrong", problem });
  });
});

describe("refuseOnNovita", () => {
  test("one video -> allowed", () => {
    expect(refuseOnNovita(usual)).toBeNull();
  });

  test("many jobs -> refused, because each is bought", () => {
    expect(refuseOnNovita({ ...usual, jobs: 20 })).toContain("would buy 20 videos");
  });

  test("faults -> refused, because Novita takes no orders", () => {
    expect(refuseOnNovita({ ...usual, jobs: 20, hasFaults: true })).toContain("--faults needs the simulator");
  });
});

const split = (line: string): string[] => line.split(" ").filter((word) => word !== "");
