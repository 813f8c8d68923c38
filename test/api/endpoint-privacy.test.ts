// The secrets of an endpoint and the values of its headers, after everything that can be done with them: nowhere to be read.
import { expect, test } from "vitest";

import { dumpKeys } from "../support/ledger.ts";
import { act, ENDPOINTS, makeEndpoint, startAll, underKey } from "./endpoint-support.ts";
import { asOperator, auditPage, makeJobIn } from "./support.ts";

const HEADER_VALUE = "Bearer header-value-that-nobody-may-see";
const NEXT_VALUE = "Bearer next-value-that-nobody-may-see";

/** Bytes as they might stand somewhere. */
const spellings = (secret: string): string[] => {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  return [
    secret.slice("whsec_".length),
    key.toString("hex"),
    key.toString("base64url"),
    key.toString("latin1"),
  ];
};

test("made, used, refused, rotated, changed, tested, repeated -> in no key of Redis, no log line, no answer but those that show it", async () => {
  const { api, receiver, hooks, logs } = await startAll();
  const headers = { Authorization: HEADER_VALUE, "X-Shop": HEADER_VALUE };
  const { id, secret } = await makeEndpoint(api, { url: `${hooks}/private`, headers }, underKey);
  await makeJobIn(api, "canceled");
  await receiver.waitFor(({ path }) => path === "/private");
  await act(api, id, "test");
  const rotated = String((await act(api, id, "rotate-secret")).json["secret"]);
  await api.call("PATCH", `${ENDPOINTS}/${id}`, { body: { headers: { "X-Shop": NEXT_VALUE } } });
  receiver.answerWith({ status: 500 }, { status: 204 });
  await makeJobIn(api, "canceled");
  await logs.waitFor({ msg: "delivery.attempted", http_status: 500 });
  await act(api, id, "disable");
  await act(api, id, "enable");
  const refused = await api.call("POST", ENDPOINTS, { body: { url: "x", secret, headers }, ...underKey });
  expect(refused.status).toBe(422);

  const reads = await Promise.all([
    api.call("GET", ENDPOINTS),
    api.call("GET", `${ENDPOINTS}/${id}`),
    api.call("GET", "/v1/deliveries"),
    api.call("GET", "/v1/jobs"),
    api.call("GET", "/v1/webhook-secret"),
    asOperator(api, "GET", "/v1/admin/audit"),
    asOperator(api, "GET", "/metrics"),
  ]);
  const places: Record<string, string> = {
    redis: JSON.stringify([...(await dumpKeys(api.ledger))]),
    logs: JSON.stringify([api.logs.lines, logs.lines]),
    answers: [refused, ...reads].map(({ text, headers: sent }) => text + JSON.stringify(sent)).join(),
    audit: JSON.stringify(await auditPage(api)),
  };
  const hidden = [HEADER_VALUE, NEXT_VALUE, ...spellings(secret), ...spellings(rotated)];
  for (const [place, text] of Object.entries(places)) {
    expect(text.length).toBeGreaterThan(100);
    for (const each of hidden) expect(text.includes(each), `${place} holds ${each}`).toBe(false);
  }
  // The same search finds what is there.
  expect(places["redis"]).toContain("s1.");
  expect(places["answers"]).toContain(id);
});
