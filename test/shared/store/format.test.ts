// What becomes of a record whose format is not the one that is written. Today there is one format only.
import { expect, test } from "vitest";

import { formats, upgraded } from "../../../src/shared/store/format.ts";

const third = {
  written: 3,
  readable: 4,
  steps: { 1: (record: object) => ({ ...record, mood: "calm" }) },
};

test("of the format that is written -> as it is", () => {
  expect(upgraded({ id: "job_1" }, formats.written)).toEqual({ id: "job_1" });
  expect(upgraded({ id: "job_1" }, 3, third)).toEqual({ id: "job_1" });
});

test("of an older one -> every step from there on is taken; a format without a step differs in nothing", () => {
  expect(upgraded({ id: "job_1" }, 1, third)).toEqual({ id: "job_1", mood: "calm" });
  expect(upgraded({ id: "job_1" }, 2, third)).toEqual({ id: "job_1" });
});

test("of one that is read and not written yet -> keeps its number, to be written back with", () => {
  expect(upgraded({ id: "job_1" }, 4, third)).toEqual({ id: "job_1", format: 4 });
});

test("nothing is read that this version could not write, or the other way round", () => {
  expect(formats.readable).toBeGreaterThanOrEqual(formats.written);
});
