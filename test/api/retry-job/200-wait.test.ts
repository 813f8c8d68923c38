// POST /v1/jobs/{id}/retry with Prefer: wait=N: the new job is answered when it is at rest.
import { expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { makeJobIn, recordOf, takeTo } from "../support.ts";
import { keyed, retry } from "./support.ts";

const prefer = { prefer: "wait=60" };

/** Waits until the retry is waited for, and returns the new job's id. */
async function newJobOf(api: Awaited<ReturnType<typeof openWatchedApi>>, id: string): Promise<string> {
  await eventually(() => expect(api.changes.count().watches).toBe(1));
  return String((await recordOf(api, id)).retriedBy);
}

test("the new job comes to rest in time -> 200 with it, and that it was waited for", async () => {
  const api = await openWatchedApi();
  const id = await makeJobIn(api, "failed");
  const answer = retry(api, id, { headers: prefer });
  const fresh = await newJobOf(api, id);
  await takeTo(api, fresh, "failed");
  expect(await answer).toMatchObject({
    status: 200,
    json: { id: fresh, status: "failed", retry_of: id },
    headers: { location: `/v1/jobs/${fresh}`, "preference-applied": "wait=60" },
  });
  expect((await answer).headers).not.toHaveProperty("idempotent-replayed");
});

test("a repeat while the new job is under way -> 200 when it is at rest", async () => {
  const api = await openWatchedApi();
  const id = await makeJobIn(api, "failed");
  const { headers } = keyed("k");
  await retry(api, id, { headers });
  const answer = retry(api, id, { headers: { ...headers, ...prefer } });
  const fresh = await newJobOf(api, id);
  await takeTo(api, fresh, "canceled");
  expect(await answer).toMatchObject({
    status: 200,
    json: { id: fresh, status: "canceled" },
    headers: { "idempotent-replayed": "true", "preference-applied": "wait=60" },
  });
});
