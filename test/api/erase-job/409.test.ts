// DELETE /v1/jobs/{id} of a job that is not over: what it asked for is still needed.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { everyKey, makeJobIn } from "../support.ts";

test.each(["queued", "submitting", "unconfirmed", "processing"] as const)(
  "%s -> 409 with its status, and not one key has changed",
  async (status) => {
    const api = await readyApi();
    const id = await makeJobIn(api, status);
    const before = await everyKey(api);
    const answer = await api.call("DELETE", `/v1/jobs/${id}`);
    expect(answer).toBeProblem(409, "conflict");
    expect(answer.json).toMatchObject({ job_id: id, job_status: status });
    expect(await everyKey(api)).toEqual(before);
    expect(api.logs.named("job.erase")).toEqual([]);
  },
);
