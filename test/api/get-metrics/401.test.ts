import { expect, test } from "vitest";

import { ACME, readyApi } from "../../support/api.ts";

test.each([
  ["a proxy's X-Forwarded-For", { "x-forwarded-for": "203.0.113.9" }],
  ["a proxy's Forwarded", { forwarded: "for=203.0.113.9" }],
  ["a proxy's Via", { via: "1.1 proxy" }],
  ["another host's name", { host: "onetake.example.com" }],
])("from this machine with %s, and a tenant's key or none -> 401", async (_what, headers) => {
  const api = await readyApi();
  for (const key of [null, ACME]) {
    const answer = await api.call("GET", "/metrics", { key, headers });
    expect(answer).toBeProblem(401, "unauthorized");
    expect(answer.headers["www-authenticate"]).toBe('Bearer realm="onetake"');
    expect(answer.text).not.toContain("onetake_");
  }
});
