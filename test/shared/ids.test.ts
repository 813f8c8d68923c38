import { expect, test } from "vitest";

import { isJobId, newJobId } from "../../src/shared/ids.ts";

test("a thousand new ids -> each well-formed, no two the same, in all digits of the alphabet", () => {
  const ids = Array.from({ length: 1000 }, newJobId);
  expect(ids.every(isJobId)).toBe(true);
  expect(new Set(ids.map((id) => id.slice(-16))).size).toBe(1000);
  for (let place = 16; place > 0; place--) {
    expect(new Set(ids.map((id) => id.at(-place))).size).toBe(32);
  }
});
