// Re-encryption while callers go on changing their endpoints.
import { expect, test } from "vitest";

import { reencrypt } from "../../../src/api/keys/reencrypt.ts";
import { readEndpoints } from "../../../src/shared/store/endpoints.ts";
import { openHeaders, openSecret } from "../../../src/shared/webhook/endpoint-seal.ts";
import { createSealer } from "../../../src/shared/webhook/seal.ts";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { act, ENDPOINTS, makeEndpoint } from "../endpoint-support.ts";
import { auditPage } from "../support.ts";

const [old, fresh] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const oldKey = { ENCRYPTION_KEY: old.toString("base64") };
const bothKeys = createSealer([fresh, old]);

test("endpoints of two tenants -> all are counted and sealed anew, each tenant's once on record", async () => {
  const api = await readyApi(oldKey);
  const first = await makeEndpoint(api, { headers: { "X-Shop": "7" } });
  await makeEndpoint(api);
  await makeEndpoint(api, {}, { key: GLOBEX });
  const { redis, keys } = api.ledger;
  expect(await reencrypt(redis, keys, bothKeys)).toEqual({ tenants: 2, endpoints: 3, resealed: 3 });
  const alone = createSealer([fresh]);
  const { record } = await readEndpoints(redis, keys, "acme");
  const [endpoint] = record.endpoints;
  if (!endpoint) throw new Error("There is no endpoint.");
  expect(openSecret(alone, first.id, endpoint.secrets[0]?.sealed ?? "")).toBe(first.secret);
  expect(openHeaders(alone, endpoint)).toEqual({ "X-Shop": "7" });
  const deeds = (await auditPage(api)).data.filter(({ action }) => action === "endpoint.reencrypt");
  expect(deeds.map(({ tenant }) => String(tenant)).sort()).toEqual(["acme", "globex"]);
  expect(await reencrypt(redis, keys, bothKeys)).toEqual({ tenants: 2, endpoints: 3, resealed: 0 });
});

test("changes all the while -> none is lost, and everything ends up sealed by the new key", async () => {
  const api = await readyApi({ ENCRYPTION_KEY: [fresh, old].map((key) => key.toString("base64")).join(",") });
  const before = await readyApi({ ...api.environment, ...oldKey });
  const made = await Promise.all(Array.from({ length: 8 }, () => makeEndpoint(before)));
  const { redis, keys } = api.ledger;
  const changes = made.map(({ id }, n) =>
    n % 2 === 0
      ? api.call("PATCH", `${ENDPOINTS}/${id}`, { body: { description: `number ${n}` } })
      : act(api, id, "rotate-secret"),
  );
  const [, ...answers] = await Promise.all([reencrypt(redis, keys, bothKeys), ...changes]);
  expect(answers.map(({ status }) => status)).toEqual(made.map(() => 200));
  const { record } = await readEndpoints(redis, keys, "acme");
  expect(record.endpoints.flatMap(({ description }) => description ?? []).sort()).toEqual(
    [0, 2, 4, 6].map((n) => `number ${n}`),
  );
  for (const endpoint of record.endpoints) {
    for (const { sealed } of endpoint.secrets) expect(bothKeys.isOld(sealed)).toBe(false);
  }
});
