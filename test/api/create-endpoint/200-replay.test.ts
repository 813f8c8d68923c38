// POST /v1/webhook-endpoints, repeated under the same Idempotency-Key: the answer may have got lost, and the secret with it.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { act, ENDPOINTS, HOOK, listedIds, makeEndpoint, underKey } from "../endpoint-support.ts";
import { countDeeds } from "../support.ts";

const body = { url: HOOK };

test("the same again -> 200 with the same endpoint and its secret; one endpoint, once on record", async () => {
  const api = await readyApi();
  const first = await makeEndpoint(api, {}, underKey);
  const again = await api.call("POST", ENDPOINTS, { body, ...underKey });
  expect(again.status).toBe(200);
  expect(again.headers).toMatchObject({
    "idempotent-replayed": "true",
    location: first.answer.headers["location"],
  });
  expect(again.json).toEqual(first.answer.json);
  expect(await listedIds(api)).toHaveLength(1);
  expect(await countDeeds(api, "endpoint.create")).toBe(1);
});

test("50 at once -> one endpoint, the same secret for all", async () => {
  const api = await readyApi();
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => api.call("POST", ENDPOINTS, { body, ...underKey })),
  );
  expect(new Set(answers.map(({ json }) => JSON.stringify([json["id"], json["secret"]]))).size).toBe(1);
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(49);
  expect(await listedIds(api)).toHaveLength(1);
});

test("the secret was rotated meanwhile -> the endpoint, and null in place of a secret that is not the one it made", async () => {
  const api = await readyApi();
  const { id, secret } = await makeEndpoint(api, {}, underKey);
  const rotated = await act(api, id, "rotate-secret");
  const again = await api.call("POST", ENDPOINTS, { body, ...underKey });
  expect(again.json).toMatchObject({ id, secret: null });
  expect(again.text).not.toContain(secret);
  expect(again.text).not.toContain(String(rotated.json["secret"]));
});

test("another tenant under the same key -> an endpoint of its own", async () => {
  const api = await readyApi();
  const first = await makeEndpoint(api, {}, underKey);
  const second = await makeEndpoint(api, {}, { ...underKey, key: GLOBEX });
  expect(second.id).not.toBe(first.id);
  expect(second.secret).not.toBe(first.secret);
});
