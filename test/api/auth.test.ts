import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { describe, expect, test, vi } from "vitest";

import { createAuth, mayRead, nameOf, ownerOfKeys, requireOperator, tenantOf } from "../../src/api/auth.ts";
import type { Caller } from "../../src/api/auth.ts";
import { newApiKey } from "../../src/api/keys/api-key.ts";
import type { KeyStore, MadeKey } from "../../src/api/keys/key-store.ts";
import { Problem } from "../../src/api/problem.ts";

const CONFIGURED = "acme-key-0123456789abcdef";
const OPERATORS = "admin-key-0123456789abcdef";

const owner: MadeKey = {
  status: "active",
  version: 1,
  id: "key_1",
  tenant: "initech",
  name: null,
  createdAt: 0,
  revokedAt: null,
};

/** At a door that knows three keys; `asked` are the keys that were looked up among the made ones. */
function openDoor() {
  const made = newApiKey();
  const findKey = vi.fn<KeyStore["findKey"]>(async (key) => (key === made ? owner : null));
  const apiKeys = [{ tenant: "acme", key: CONFIGURED }];
  const authenticate = createAuth({ apiKeys, adminKey: OPERATORS, made: { findKey } });
  const enter = async (authorization?: string): Promise<Caller | string> => {
    // Of a request only its header is looked at.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const request = { headers: { authorization } } as FastifyRequest;
    return authenticate(request).catch((error: unknown) =>
      error instanceof Problem && error.code === "unauthorized" ? error.message : Promise.reject(error),
    );
  };
  return { made, enter, findKey };
}

describe("who is let in", () => {
  test("a configured key -> its tenant, named by the start of its digest; nobody is asked", async () => {
    const { enter, findKey } = openDoor();
    const digest = createHash("sha256").update(CONFIGURED).digest("hex");
    expect(await enter(`Bearer ${CONFIGURED}`)).toEqual({
      as: "tenant",
      tenant: "acme",
      keyId: `env_${digest.slice(0, 8)}`,
    });
    expect(findKey).not.toHaveBeenCalled();
  });

  test("the operator's key -> the operator, also with the scheme in other letters", async () => {
    const { enter, findKey } = openDoor();
    expect(await enter(`bearer ${OPERATORS}`)).toEqual({ as: "operator" });
    expect(findKey).not.toHaveBeenCalled();
  });

  test("a made key -> its owner, by its id", async () => {
    const { enter, made } = openDoor();
    expect(await enter(`Bearer ${made}`)).toEqual({ as: "tenant", tenant: "initech", keyId: "key_1" });
  });

  test("the made keys cannot be asked for -> that error, not 401", async () => {
    const { enter, made, findKey } = openDoor();
    findKey.mockRejectedValueOnce(new Error("Connection is closed."));
    await expect(enter(`Bearer ${made}`)).rejects.toThrow("Connection is closed.");
  });
});

describe("who is not", () => {
  test("a made key with a typo -> is told so, and nobody is asked", async () => {
    const { enter, made, findKey } = openDoor();
    for (const typo of [made.slice(0, -1), `${made}0`, made.toLowerCase(), "otk_", `otk_${"0".repeat(49)}`]) {
      expect(await enter(`Bearer ${typo}`)).toBe("This key is mistyped.");
    }
    expect(findKey).not.toHaveBeenCalled();
  });

  test("a well-formed key that nobody was given -> is asked for once, and not known", async () => {
    const { enter, findKey } = openDoor();
    const other = newApiKey();
    expect(await enter(`Bearer ${other}`)).toBe("This key is not known.");
    expect(findKey.mock.calls).toEqual([[other]]);
  });

  test.each([`Bearer ${CONFIGURED}x`, `Bearer ${CONFIGURED.slice(1)}`, "Bearer x"])(
    "%s -> not known, and nobody is asked",
    async (authorization) => {
      const { enter, findKey } = openDoor();
      expect(await enter(authorization)).toBe("This key is not known.");
      expect(findKey).not.toHaveBeenCalled();
    },
  );

  test.each([
    undefined,
    "",
    "Bearer",
    "Bearer ",
    CONFIGURED,
    `Basic ${CONFIGURED}`,
    `Bearer ${CONFIGURED} x`,
  ])("Authorization %j -> told how to send a key", async (authorization) => {
    expect(await openDoor().enter(authorization)).toMatch(/^Send your key as Authorization: Bearer/);
  });

  test("no operator is configured -> no key is the operator's", async () => {
    const authenticate = createAuth({
      apiKeys: undefined,
      adminKey: undefined,
      made: { findKey: async () => null },
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const request = { headers: { authorization: "Bearer undefined" } } as FastifyRequest;
    await expect(authenticate(request)).rejects.toThrow("This key is not known.");
  });
});

describe("what a caller is", () => {
  const operator: Caller = { as: "operator" };
  const tenant: Caller = { as: "tenant", tenant: "acme", keyId: "key_1" };
  const namesake: Caller = { as: "tenant", tenant: "operator", keyId: "key_2" };

  test("in the audit log -> a tenant and its key, or the operator; no tenant can look like it", () => {
    expect([tenant, operator, namesake].map(nameOf)).toEqual([
      "tenant acme (key_1)",
      "operator",
      "tenant operator (key_2)",
    ]);
  });

  test("to Idempotency-Keys -> no tenant shares the operator's, whatever it is called", () => {
    expect(ownerOfKeys(tenant)).toBe("acme");
    expect(ownerOfKeys(namesake)).toBe("operator");
    expect(ownerOfKeys(operator)).not.toMatch(/^[a-z0-9-]{1,40}$/);
  });

  test("to routes -> tenants act for themselves, the operator reads all", () => {
    expect(tenantOf(tenant)).toBe("acme");
    expect(() => tenantOf(operator)).toThrow(Problem);
    expect(() => requireOperator(operator)).not.toThrow();
    for (const each of [tenant, namesake]) expect(() => requireOperator(each)).toThrow(Problem);
    expect([mayRead(tenant, "acme"), mayRead(tenant, "globex"), mayRead(operator, "globex")]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
