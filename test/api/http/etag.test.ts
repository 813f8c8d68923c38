// If-None-Match against the version of a job.
import { expect, test } from "vitest";
import { etagOf, parseKnown } from "../../../src/api/http/etag.ts";
import { newJob, NOON } from "../../support/job.ts";

const job = newJob(NOON, { version: 7 });

test("version 7 -> a strong ETag", () => {
  expect(etagOf(job)).toBe('"7"');
});

test.each(['"7"', 'W/"7"', '"6", "7"', '"6","7","8"', ' "7" ', '"a,b", "7"', "*", " * ", '"nonsense" "7"'])(
  "If-None-Match: %s -> known",
  (header) => {
    expect(parseKnown(header)?.(job)).toBe(true);
  },
);

test.each(['"6"', 'W/"6"', '"77"', '"7.0"', '"a", "b"', '""', '"*"'])(
  "If-None-Match: %s -> not known",
  (header) => {
    expect(parseKnown(header)?.(job)).toBe(false);
  },
);

test.each([undefined, "", "7", "W/7", "nonsense"])("If-None-Match: %s -> says nothing", (header) => {
  expect(parseKnown(header)).toBeNull();
});
