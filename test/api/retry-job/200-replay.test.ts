// POST /v1/jobs/{id}/retry repeated with its Idempotency-Key: a key is one purchase.
import { describe, expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, makeJob, makeJobIn, takeTo } from "../support.ts";
import { idOf, keyed, purge, retry } from "./support.ts";

describe("the same request again", () => {
  test("-> 200 with the new job as it is now, Location and Idempotent-Replayed, and nothing new", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed");
    const first = await retry(api, id, keyed("k"));
    await takeTo(api, idOf(first), "processing");
    const before = await holdings(api);
    const second = await retry(api, id, keyed("k"));
    expect(second.status).toBe(200);
    expect(second.json).toMatchObject({ id: idOf(first), status: "processing", retry_of: id });
    expect(second.headers).toMatchObject({
      "idempotent-replayed": "true",
      location: `/v1/jobs/${idOf(first)}`,
    });
    expect(await holdings(api)).toEqual(before);
  });

  test("the new job has failed -> replayed as failed: another purchase needs another key", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed");
    const first = await retry(api, id, keyed("k"));
    await takeTo(api, idOf(first), "failed");
    const second = await retry(api, id, keyed("k"));
    expect(second.json).toMatchObject({ id: idOf(first), status: "failed" });
    expect((await retry(api, idOf(first), keyed("k"))).status).toBe(202);
  });

  test("the state would not allow it any more -> replayed all the same", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed");
    const first = await retry(api, id, keyed("k"));
    await api.call("DELETE", `/v1/jobs/${id}`);
    const second = await retry(api, id, keyed("k"));
    expect({ status: second.status, id: idOf(second) }).toEqual({ status: 200, id: idOf(first) });
  });

  test("the new job's retention is over -> its key is free again", async () => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed");
    const first = idOf(await retry(api, id, keyed("k")));
    await takeTo(api, first, "failed");
    await purge(api, first);
    const second = await retry(api, id, keyed("k"));
    expect(second.status).toBe(202);
    expect(idOf(second)).not.toBe(first);
  });
});

test("the key that made the old job -> free to retry it, and another", async () => {
  const api = await readyApi();
  const one = await makeJob(api, undefined, keyed("k").headers);
  await takeTo(api, one, "failed");
  const two = await makeJobIn(api, "failed");
  for (const id of [one, two]) {
    const answer = await retry(api, id, keyed("k"));
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ retry_of: id });
  }
});
