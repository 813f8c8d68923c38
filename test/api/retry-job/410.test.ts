// POST /v1/jobs/{id}/retry of a job that has been erased: nobody knows any more what it asked for.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, makeJobIn } from "../support.ts";
import { keyed, retry } from "./support.ts";

test.each(["failed", "expired", "canceled"] as const)(
  "%s and erased -> 410, with a key or without, nothing bought",
  async (status) => {
    const api = await readyApi();
    const id = await makeJobIn(api, status);
    await api.call("DELETE", `/v1/jobs/${id}`);
    for (const options of [{}, keyed("k")]) {
      const answer = await retry(api, id, options);
      expect(answer).toBeProblem(410, "gone");
      expect(answer.json).toMatchObject({ job_id: id, job_status: status });
    }
    expect((await holdings(api)).jobs).toEqual([id]);
  },
);

test("retried before and erased since -> 410, not 409", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  await retry(api, id);
  await api.call("DELETE", `/v1/jobs/${id}`);
  expect(await retry(api, id)).toBeProblem(410, "gone");
});

test("50 retries and an erasure at once -> whatever was bought asks for what was asked", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  const retries = Array.from({ length: 50 }, (_, n) => retry(api, id, keyed(`order-${n}`)));
  const erased = await api.call("DELETE", `/v1/jobs/${id}`);
  const answers = await Promise.all(retries);
  expect(erased.status).toBe(204);
  const made = answers.filter(({ status }) => status === 202);
  const gone = answers.filter(({ status }) => status === 410);
  expect(made.length + gone.length).toBe(50);
  expect(made.map(({ json }) => json["input"])).toEqual(
    made.map(() => expect.objectContaining({ prompt: "a lighthouse at dawn" })),
  );
});
