// POST /v1/webhook-endpoints/{id}/enable by its tenant.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { act, deliveriesTo, makeEndpoint, underKey } from "../endpoint-support.ts";
import { countDeeds, makeJobIn } from "../support.ts";

test("disabled, and failing before -> enabled; why and since when it was not is forgotten, and so are its failures", async () => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api);
  const { redis, keys } = api.ledger;
  await redis.hset(keys.endpointHealth(id), "failingSince", 1, "exhausted", 9);
  await act(api, id, "disable");
  const answer = await act(api, id, "enable");
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({
    id,
    status: "enabled",
    disabled_reason: null,
    disabled_at: null,
    failing_since: null,
  });
  expect(await redis.exists(keys.endpointHealth(id))).toBe(0);
  await makeJobIn(api, "canceled");
  expect(await deliveriesTo(api, id)).toMatchObject([{ status: "pending" }]);
});

test("enabled already -> as it was, its failures too; nothing on record", async () => {
  const api = await readyApi();
  const { id, answer: made } = await makeEndpoint(api);
  await api.ledger.redis.hset(api.ledger.keys.endpointHealth(id), "failingSince", 1);
  const answer = await act(api, id, "enable");
  expect(answer.json).toMatchObject({
    status: "enabled",
    updated_at: made.json["updated_at"],
    failing_since: "1970-01-01T00:00:00.001Z",
  });
  expect(await countDeeds(api, "endpoint.enable")).toBe(0);
});

test("a repeat under one key after it was disabled again -> a replay: it stays disabled", async () => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api);
  await act(api, id, "disable");
  await act(api, id, "enable", underKey);
  await act(api, id, "disable");
  const again = await act(api, id, "enable", underKey);
  expect(again.headers["idempotent-replayed"]).toBe("true");
  expect(again.json["status"]).toBe("disabled");
});

test("one key for two endpoints -> both are enabled", async () => {
  const api = await readyApi();
  const made = [await makeEndpoint(api), await makeEndpoint(api)];
  for (const { id } of made) await act(api, id, "disable");
  for (const { id } of made) {
    const answer = await act(api, id, "enable", underKey);
    expect(answer.headers).not.toHaveProperty("idempotent-replayed");
    expect(answer.json).toMatchObject({ id, status: "enabled" });
  }
});
