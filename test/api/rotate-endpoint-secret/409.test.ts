// POST /v1/webhook-endpoints/{id}/rotate-secret while five secrets that were replaced still sign.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeEndpoint, readEndpoint } from "../endpoint-support.ts";
import { countDeeds } from "../support.ts";
import { passTime, rotate, rotatedIn } from "./support.ts";

test("a sixth within the grace -> 409 with the time when the oldest ceases to sign; nothing changes; another is not held up", async () => {
  const api = await readyApi();
  const [{ id }, other] = [await makeEndpoint(api), await makeEndpoint(api)];
  for (const grace_s of [7200, 3600, 10_800, 7200, 7200]) {
    expect((await rotate(api, id, { grace_s })).status).toBe(200);
  }
  const before = await readEndpoint(api, id);
  const answer = await rotate(api, id);
  expect(answer).toBeProblem(409, "rotated_too_often");
  const { secrets } = rotatedIn({ ...answer, json: { secret: null, secrets: before["secrets"] } });
  expect(secrets).toHaveLength(6);
  const soonest = secrets.flatMap(({ expires_at }) => expires_at ?? []).toSorted()[0];
  expect(answer.json["possible_at"]).toBe(soonest);
  expect(await readEndpoint(api, id)).toEqual(before);
  expect(await countDeeds(api, "endpoint.rotate")).toBe(5);
  expect((await rotate(api, other.id)).status).toBe(200);
});

test("without a grace for the one that is replaced -> 200: there are no more than before", async () => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api);
  for (let n = 0; n < 5; n++) await rotate(api, id);
  expect(rotatedIn(await rotate(api, id, { grace_s: 0 })).secrets).toHaveLength(6);
});

test("one of them ceases to sign -> 200", async () => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api);
  await rotate(api, id, { grace_s: 60 });
  for (let n = 0; n < 4; n++) await rotate(api, id);
  expect((await rotate(api, id)).status).toBe(409);
  await passTime(api, 60_000);
  expect(rotatedIn(await rotate(api, id)).secrets).toHaveLength(6);
});
