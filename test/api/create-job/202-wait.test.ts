// POST /v1/jobs with Prefer: wait=N of a job that takes longer, and with preferences that mean nothing here.
import { expect, test, vi } from "vitest";
import { readyApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { openWatchedApi } from "../../support/watched-api.ts";
import { smallBody, holdings, takeTo } from "../support.ts";

test("the job is not at rest in time -> 202 with the job as it is then, and that it was waited for", async () => {
  const api = await openWatchedApi();
  const answer = api.post(smallBody, { headers: { prefer: "wait=1" } });
  await eventually(() => expect(api.changes.count().watches).toBe(1));
  const id = (await holdings(api)).jobs[0] ?? "";
  await takeTo(api, id, "processing");
  expect(await answer).toMatchObject({
    status: 202,
    json: { id, status: "processing", version: 3 },
    headers: { location: `/v1/jobs/${id}`, "preference-applied": "wait=1", etag: '"3"' },
  });
  expect(api.changes.count()).toEqual({ watches: 0, topics: 0 });
});

test("no preference -> 202 at once with the ETag of the job", async () => {
  const api = await readyApi();
  const { status, headers } = await api.post(smallBody);
  expect(status).toBe(202);
  expect(headers["etag"]).toBe('"1"');
  expect(headers).not.toHaveProperty("preference-applied");
});

test.each(["wait=0", "wait=soon", "wait", "respond-async", "wait=-5", 'foo="wait=60"', "=;,"])(
  "Prefer: %s -> 202 at once",
  async (prefer) => {
    const api = await openWatchedApi();
    const watch = vi.spyOn(api.changes, "watchJob");
    const { status, headers } = await api.post(smallBody, { headers: { prefer } });
    expect(status).toBe(202);
    expect(headers).not.toHaveProperty("preference-applied");
    expect(watch).not.toHaveBeenCalled();
  },
);

test("the process stops while somebody waits -> 202 at once: the job is accepted", async () => {
  const api = await openWatchedApi();
  const answer = api.post(smallBody, { headers: { prefer: "wait=60" } });
  await eventually(() => expect(api.changes.count().watches).toBe(1));
  await api.app.close();
  expect(await answer).toMatchObject({
    status: 202,
    json: { status: "queued" },
    headers: { connection: "close" },
  });
});
