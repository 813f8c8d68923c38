// A cancel that found nothing left to do did not bind its key, so its repeats were no repeats.
import { expect, test } from "vitest";
import { settleJob } from "../../../src/shared/settle.ts";
import { readyApi } from "../../support/api.ts";
import type { TestApi } from "../../support/api.ts";
import { holdings, makeJobIn, recordOf } from "../support.ts";

const cancel = (api: TestApi, id: string, name: string) =>
  api.call("POST", `/v1/jobs/${id}/cancel`, { headers: { "idempotency-key": name } });

const video = { url: "https://v.example/1.mp4", type: "mp4", expiresAt: null, taskId: "task-1" };

test("a canceled job, twice with one key -> the second is a replay, and nothing else has happened", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "canceled");
  const before = await api.ledger.jobs.readHistory(id);
  const first = await cancel(api, id, "k");
  const second = await cancel(api, id, "k");
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(first.headers).not.toHaveProperty("idempotent-replayed");
  expect(second.headers["idempotent-replayed"]).toBe("true");
  expect(second.text).toBe(first.text);
  expect(await api.ledger.jobs.readHistory(id)).toEqual(before);
  expect(api.logs.named("job.cancel")).toEqual([]);
});

test("the wish was remembered already, and the job moves on -> a repeat is still the answer, not a refusal", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "submitting");
  expect((await cancel(api, id, "k")).status).toBe(200);
  expect((await cancel(api, id, "l")).status).toBe(200);
  await api.ledger.jobs.changeJob(id, (job, now) => settleJob(job, { as: "succeeded", video }, now));
  for (const name of ["k", "l"]) {
    const again = await cancel(api, id, name);
    expect(again).toMatchObject({ status: 200, json: { id, status: "succeeded" } });
    expect(again.headers["idempotent-replayed"]).toBe("true");
  }
});

test("20 at once with one key -> one that is none and 19 replays; the key stands in the record once", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "canceled");
  const answers = await Promise.all(Array.from({ length: 20 }, () => cancel(api, id, "k")));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  const replays = answers.filter(({ headers }) => headers["idempotent-replayed"] === "true");
  expect(replays).toHaveLength(19);
  expect((await recordOf(api, id)).idempotencyKeys).toHaveLength(1);
  expect(await holdings(api)).toMatchObject({ idempotencyKeys: 1 });
});
