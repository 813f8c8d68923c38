// POST /v1/webhook-endpoints by a tenant.
import { describe, expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { dumpKeys } from "../../support/ledger.ts";
import { anyEndpointId, anySecret, ENDPOINTS, HOOK, listedIds, makeEndpoint } from "../endpoint-support.ts";
import { anyIso, auditPage } from "../support.ts";

const OWN_SECRET = `whsec_${Buffer.alloc(24, 3).toString("base64")}`;

describe("an endpoint", () => {
  test("only its address is said -> 201 with all the rest as it is without, a secret, and where it is", async () => {
    const api = await readyApi();
    const { id, answer } = await makeEndpoint(api);
    expect(answer.json).toEqual({
      id: anyEndpointId,
      object: "webhook_endpoint",
      url: HOOK,
      events: null,
      description: null,
      headers: {},
      status: "enabled",
      disabled_reason: null,
      disabled_at: null,
      failing_since: null,
      secrets: [{ created_at: answer.json["created_at"], expires_at: null }],
      secret: anySecret,
      created_at: anyIso,
      updated_at: answer.json["created_at"],
    });
    expect(answer.headers).toMatchObject({ location: `${ENDPOINTS}/${id}`, "cache-control": "no-store" });
    expect(answer.headers).not.toHaveProperty("idempotent-replayed");
    expect(await listedIds(api)).toEqual([id]);
  });

  test("all is said -> kept as it was said; the secret is the given one; of the headers only the names are told", async () => {
    const api = await readyApi();
    const body = {
      url: "https://hooks.example.com/in?x=1",
      events: ["job.*", "endpoint.disabled"],
      description: "the shop's back end",
      headers: { Authorization: "Bearer of-a-gateway", "X-Shop": "7" },
    };
    const { answer } = await makeEndpoint(api, { ...body, secret: OWN_SECRET });
    expect(answer.json).toMatchObject({
      ...body,
      headers: { Authorization: "redacted", "X-Shop": "redacted" },
      secret: OWN_SECRET,
    });
    expect(answer.text).not.toContain("of-a-gateway");
  });

  test("null for what may be left out -> as without", async () => {
    const api = await readyApi();
    const { answer } = await makeEndpoint(api, { events: null, description: null, headers: null });
    expect(answer.json).toMatchObject({ events: null, description: null, headers: {} });
  });

  test("was made -> on record with the key that did it; the tenant is one that has endpoints; another sees nothing", async () => {
    const api = await readyApi();
    const { id } = await makeEndpoint(api);
    const entry = {
      action: "endpoint.create",
      by: expect.stringMatching(/^tenant acme \(env_[0-9a-f]{8}\)$/),
      tenant: "acme",
      subject: id,
    };
    expect((await auditPage(api)).data).toMatchObject([entry]);
    expect(api.logs.named("endpoint.create")).toMatchObject([{ tenant: "acme", subject: id, by: entry.by }]);
    const { redis, keys } = api.ledger;
    expect(await redis.smembers(keys.endpointOwners)).toEqual(["acme"]);
    expect(await listedIds(api, { key: GLOBEX })).toEqual([]);
  });

  test("two with the same address and the same secret -> two endpoints; sealed, nothing of theirs is alike", async () => {
    const api = await readyApi();
    const same = { secret: OWN_SECRET, headers: { "X-Shop": "7" } };
    const [first, second] = [await makeEndpoint(api, same), await makeEndpoint(api, same)];
    expect(first.id).not.toBe(second.id);
    const text = JSON.stringify((await dumpKeys(api.ledger)).get("endpoints:acme"));
    const sealed = text.match(/s1\.[\w.-]+/g) ?? [];
    expect(sealed).toHaveLength(4);
    expect(new Set(sealed).size).toBe(4);
  });

  test("20 at once over two APIs -> 20 endpoints, none lost", async () => {
    const api = await readyApi();
    const other = await readyApi(api.environment);
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, n) => makeEndpoint(n % 2 === 0 ? api : other)),
    );
    expect((await listedIds(api)).sort()).toEqual(made.map(({ id }) => id).sort());
  });
});
