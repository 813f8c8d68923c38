import { expect, test } from "vitest";

import { slotOf } from "../../../src/shared/store/slot.ts";

// As CLUSTER KEYSLOT answers; the first is the specification's own example.
test.each([
  ["123456789", 12_739],
  ["foo", 12_182],
  ["{user1000}.following", 3443],
  ["foo{}{bar}", 8363],
  ["foo{{bar}}zap", 4015],
])("%s -> slot %i", (key, slot) => {
  expect(slotOf(key)).toBe(slot);
});
