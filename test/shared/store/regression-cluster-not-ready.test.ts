// A Cluster that cannot be reached speaks other words than a single server; they used to be taken for a bug of ours, so
// that waits ended with 500 and streams broke off.
import { expect, test } from "vitest";

import { isUnavailable } from "../../../src/shared/store/redis.ts";

test.each([
  "Cluster isn't ready and enableOfflineQueue options is false",
  "Stream isn't writeable and enableOfflineQueue options is false",
  "Failed to refresh slots cache.",
  "CLUSTERDOWN The cluster is down",
  "Too many Cluster redirections. Last error: ReplyError: CLUSTERDOWN The cluster is down",
])("%s -> Redis could not be asked", (message) => {
  expect(isUnavailable(new Error(message))).toBe(true);
});

test("an error of ours -> not Redis' being away", () => {
  expect(isUnavailable(new Error("The record isn't what it should be"))).toBe(false);
});
