// GET /v1/webhook-secret by a tenant.
import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { ACME_SECOND, GLOBEX, readyApi } from "../../support/api.ts";

const masters = [Buffer.alloc(32, 1), Buffer.alloc(24, 2)];

/** As the contract writes it down, by other means than the code's. */
const derived = (master: Buffer, tenant: string): string =>
  `whsec_${createHmac("sha256", master).update(`onetake/webhook/${tenant}`).digest("base64")}`;

const rotating = { WEBHOOK_SECRET: masters.map((key) => `whsec_${key.toString("base64")}`).join(",") };

test("two master secrets -> the caller's own secret of each, the current one first, kept by no cache", async () => {
  const api = await readyApi(rotating);
  const answer = await api.call("GET", "/v1/webhook-secret");
  expect(answer.status).toBe(200);
  expect(answer.headers["cache-control"]).toBe("no-store");
  expect(answer.json).toEqual({ secrets: masters.map((master) => derived(master, "acme")) });
});

test("another key of the same tenant -> the same; another tenant -> others", async () => {
  const api = await readyApi(rotating);
  const mine = await api.call("GET", "/v1/webhook-secret");
  expect((await api.call("GET", "/v1/webhook-secret", { key: ACME_SECOND })).json).toEqual(mine.json);
  expect((await api.call("GET", "/v1/webhook-secret", { key: GLOBEX })).json).toEqual({
    secrets: masters.map((master) => derived(master, "globex")),
  });
});

test("it was read -> no line of the log holds it", async () => {
  const api = await readyApi();
  const { json } = await api.call("GET", "/v1/webhook-secret");
  const secret = String([json["secrets"]].flat()[0]);
  expect(secret).toMatch(/^whsec_/);
  expect(JSON.stringify(api.logs.lines)).not.toContain(secret.slice("whsec_".length));
});
