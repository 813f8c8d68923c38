import { describe, expect, test } from "vitest";

import { Problem } from "../../src/api/problem.ts";
import { rotateSecret } from "../../src/api/rotate.ts";
import { signingVersions, unrotated } from "../../src/shared/store/rotation.ts";
import type { Rotation } from "../../src/shared/store/rotation.ts";
import { HOUR_MS, NOON } from "../support/job.ts";

const DAY_MS = 24 * HOUR_MS;

/** Rotates at each of these hours, which must be possible. */
function rotateAt(...hours: number[]): Rotation {
  return hours.reduce((present: Rotation, hour) => {
    const chosen = rotateSecret("acme")(present, NOON + hour * HOUR_MS);
    if (!chosen || chosen instanceof Problem) throw new Error(`no rotation at ${hour}`);
    return chosen.after;
  }, unrotated);
}

const signingAt = (rotation: Rotation, hour: number) => signingVersions(rotation, NOON + hour * HOUR_MS);

describe("a rotation", () => {
  test("of a secret that never was rotated -> version 1 signs, and version 0 for 24 hours to the millisecond", () => {
    const rotation = rotateAt(0);
    expect(signingVersions(rotation, NOON)).toEqual([1, 0]);
    expect(signingVersions(rotation, NOON + DAY_MS - 1)).toEqual([1, 0]);
    expect(signingVersions(rotation, NOON + DAY_MS)).toEqual([1]);
  });

  test("now and then -> each version signs for a day after its own replacement, newest first", () => {
    const rotation = rotateAt(0, 10, 20);
    expect(signingAt(rotation, 20)).toEqual([3, 2, 1, 0]);
    expect(signingAt(rotation, 30)).toEqual([3, 2, 1]);
    expect(signingAt(rotation, 40)).toEqual([3, 2]);
    expect(signingAt(rotation, 44)).toEqual([3]);
  });

  test("after years -> what signs no more is forgotten, and no version comes twice", () => {
    const rotation = rotateAt(0, 100, 200, 300);
    expect(rotation).toMatchObject({ current: 4, replaced: [{ version: 3 }] });
  });
});

describe("the sixth within a day", () => {
  const five = rotateAt(0, 1, 2, 3, 4);
  const sixthAt = (hour: number) => rotateSecret("acme")(five, NOON + hour * HOUR_MS);

  test("-> refused, with the moment at which the oldest of the five ends", () => {
    expect(sixthAt(5)).toMatchObject({
      code: "rotated_too_often",
      extra: { possible_at: new Date(NOON + DAY_MS).toISOString() },
    });
  });

  test("-> possible from that moment on", () => {
    expect(sixthAt(23.999)).toBeInstanceOf(Problem);
    expect(sixthAt(24)).toMatchObject({ after: { current: 6 } });
  });
});
