// A write that was refused took another's for its own when both had decided the same in the same millisecond: the caller
// was told of an effect that was not his, and wake-ups were sent for deliveries that do not exist.
import { expect, test } from "vitest";
import { readyApi, type TestApi } from "../../support/api.ts";
import { holdings, makeJobIn, smallBody } from "../support.ts";

const ROUNDS = 10;

/** Each round has a destination of its own, where both deliveries get a place at once. */
async function fiftyAtOnce(api: TestApi, round: number) {
  const webhook = { url: `https://hooks-${round}.example.com/h` };
  const id = await makeJobIn(api, "unconfirmed", { ...smallBody, webhook });
  const path = `/v1/jobs/${id}/resolve`;
  const send = () => api.call("POST", path, { body: { action: "fail" } });
  return (await Promise.all(Array.from({ length: 50 }, send))).map(({ status }) => status);
}

test("50 equal resolves at once, again and again -> each time one effect, one delivery woken, one line", async () => {
  const api = await readyApi();
  for (let round = 0; round < ROUNDS; round++) {
    const statuses = await fiftyAtOnce(api, round);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(49);
  }
  // Each job has raised job.unconfirmed and job.failed.
  expect(await holdings(api)).toMatchObject({ events: 2 * ROUNDS, deliveries: 2 * ROUNDS });
  expect(api.logs.named("job.settled")).toHaveLength(ROUNDS);
});
