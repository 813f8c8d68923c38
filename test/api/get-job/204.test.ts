// GET /v1/jobs/{id} with Accept: text/event-stream, by somebody who has seen it all.
import { expect, test } from "vitest";
import type { TestApi } from "../../support/api.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { makeJobIn, type Status } from "../support.ts";

async function readOn(api: TestApi, id: string, seen: string, headers = {}) {
  const own = { accept: "text/event-stream", "last-event-id": seen };
  return api.call("GET", `/v1/jobs/${id}`, { headers: { ...own, ...headers } });
}

const lastOf = async (api: TestApi, id: string): Promise<string> =>
  (await api.ledger.jobs.readHistory(id)).at(-1)?.id ?? "";

test.each<Status>(["succeeded", "failed", "canceled", "expired"])(
  "%s, and its last event was seen -> 204, after which an EventSource stays away",
  async (status) => {
    const api = await openWatchedApi();
    const id = await makeJobIn(api, status);
    const answer = await readOn(api, id, await lastOf(api, id));
    expect(answer).toMatchObject({ status: 204, text: "" });
    expect(api.changes.count()).toEqual({ watches: 0, topics: 0 });
  },
);

test("the same headers without an Accept for events -> the job", async () => {
  const api = await openWatchedApi();
  const id = await makeJobIn(api, "failed");
  const answer = await readOn(api, id, await lastOf(api, id), { accept: "application/json" });
  expect(answer).toMatchObject({ status: 200, json: { id } });
});
