// POST /v1/deliveries/redeliver with a filter that makes no sense, or with none.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { putDelivery, readDelivery } from "../../support/delivery.ts";
import { faultsOf } from "../support.ts";

test.each<[string, unknown, string, string]>([
  ["no filter", {}, "/filter", "is required"],
  ["an empty filter", { filter: {} }, "/filter", "at least one member"],
  ["a filter that is a list", { filter: [] }, "/filter", "must be an object"],
  ["no object", [], "", "must be an object"],
  ["a member that is not known", { filter: { tenant: "acme" } }, "/filter/tenant", "not known"],
  ["no status", { filter: { status: [] } }, "/filter/status", "must not be empty"],
  ["a status in words", { filter: { status: "failed" } }, "/filter/status", "must be a list"],
  ["what is on its way", { filter: { status: ["pending"] } }, "/filter/status/0", "must be one of"],
  [
    "an event that there is none of",
    { filter: { event_type: ["job.*"] } },
    "/filter/event_type/0",
    "must be one of",
  ],
  ["an id that is none", { filter: { job_id: 7 } }, "/filter/job_id", "must be a string"],
  ["a day", { filter: { created_after: "2026-01-01" } }, "/filter/created_after", "ISO 8601"],
  [
    "a dry_run in words",
    { filter: { status: ["failed"] }, dry_run: "yes" },
    "/dry_run",
    "must be true or false",
  ],
])("%s -> 422 at the place, and nothing is sent", async (_name, body, pointer, words) => {
  const api = await readyApi();
  const before = await putDelivery(api, { status: "failed" });
  const answer = await api.call("POST", "/v1/deliveries/redeliver", { body });
  expect(faultsOf(answer)).toEqual([{ pointer, detail: expect.stringContaining(words) }]);
  expect(await readDelivery(api, before.id)).toEqual(before);
});
