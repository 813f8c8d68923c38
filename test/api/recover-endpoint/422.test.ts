// POST /v1/webhook-endpoints/{id}/recover with times that make no sense.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { putEndpoint } from "../../support/endpoint.ts";
import { HOUR_MS } from "../../support/job.ts";
import { faultsOf } from "../support.ts";

const inAnHour = new Date(Date.now() + HOUR_MS).toISOString();

test.each<[string, unknown, string, string]>([
  ["no since", {}, "/since", "is required"],
  ["a since that is a number", { since: 0 }, "/since", "must be an ISO 8601"],
  ["a since without an offset", { since: "2026-01-01T00:00:00" }, "/since", "must be an ISO 8601"],
  ["a day", { since: "2026-01-01" }, "/since", "must be an ISO 8601"],
  ["a since in the future", { since: inAnHour }, "/since", "must not be in the future"],
  ["an until that is none", { since: "2026-01-01T00:00:00Z", until: "now" }, "/until", "must be an ISO 8601"],
  ["a list", [], "", "must be an object"],
])("%s -> 422 at the place", async (_name, body, pointer, words) => {
  const api = await readyApi();
  const { id } = await putEndpoint(api);
  const answer = await api.call("POST", `/v1/webhook-endpoints/${id}/recover`, { body });
  expect(faultsOf(answer)).toEqual([{ pointer, detail: expect.stringContaining(words) }]);
});
