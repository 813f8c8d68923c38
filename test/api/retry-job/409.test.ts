// POST /v1/jobs/{id}/retry of a job whose state does not allow it, or that has been retried.
import { describe, expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, makeJobIn, recordOf } from "../support.ts";
import { idOf, keyed, retry } from "./support.ts";

describe("a state that does not allow it", () => {
  test.each(["queued", "submitting", "processing", "succeeded"] as const)(
    "%s -> 409 with its status, nothing bought",
    async (status) => {
      const api = await readyApi();
      const id = await makeJobIn(api, status);
      const answer = await retry(api, id);
      expect(answer).toBeProblem(409, "conflict");
      expect(answer.json).toMatchObject({ job_id: id, job_status: status });
      expect((await holdings(api)).jobs).toEqual([id]);
    },
  );

  test("unconfirmed -> 409 that names resolve: it may have been bought, and somebody has to say", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "unconfirmed");
    for (const options of [{}, keyed("k")]) {
      const answer = await retry(api, id, options);
      expect(answer).toBeProblem(409, "conflict");
      expect(answer.json).toMatchObject({ job_id: id, job_status: "unconfirmed" });
      expect(answer.json["detail"]).toContain("/resolve");
    }
    expect((await holdings(api)).jobs).toEqual([id]);
  });

  test("a refusal -> is not stored: the key works once the state allows it", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "queued");
    expect((await retry(api, id, keyed("k"))).status).toBe(409);
    await api.call("POST", `/v1/jobs/${id}/cancel`);
    expect((await retry(api, id, keyed("k"))).status).toBe(202);
  });
});

describe("pressed twice without a key", () => {
  test("-> 409 with the job of the first, and nothing bought", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed");
    const newer = idOf(await retry(api, id));
    const answer = await retry(api, id);
    expect(answer).toBeProblem(409, "conflict");
    expect(answer.json).toMatchObject({ job_id: id, job_status: "failed", retried_by: newer });
    expect(answer.json["detail"]).toContain("Idempotency-Key");
    expect((await holdings(api)).jobs).toEqual([id, newer].sort());
  });

  test("after one with a key -> 409 with the newest", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed");
    const newer = idOf(await retry(api, id, keyed("k")));
    expect((await retry(api, id)).json).toMatchObject({ status: 409, retried_by: newer });
  });

  test("50 at once over two APIs -> one 202, and 49 times 409 that name its job", async () => {
    const api = await readyApi();
    const other = await readyApi(api.environment);
    const id = await makeJobIn(api, "failed");
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => retry(n % 2 ? api : other, id)));
    const [made, ...more] = answers.filter(({ status }) => status === 202);
    if (!made) throw new Error("nothing was made");
    expect(more).toEqual([]);
    const refused = answers.filter((answer) => answer !== made);
    for (const answer of refused) expect(answer).toBeProblem(409, "conflict");
    expect(new Set(refused.map(({ json }) => json["retried_by"]))).toEqual(new Set([idOf(made)]));
    expect((await holdings(api)).jobs).toEqual([id, idOf(made)].sort());
    expect((await recordOf(api, id)).retriedBy).toBe(idOf(made));
  });
});
