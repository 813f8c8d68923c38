// POST /v1/webhook-secret/rotate by a tenant.
import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ACME_SECOND, GLOBEX, readyApi } from "../../support/api.ts";
import type { Answer, TestApi } from "../../support/api.ts";
import { auditPage, countDeeds } from "../support.ts";
import { passDay } from "./support.ts";

const masters = [Buffer.alloc(32, 1), Buffer.alloc(24, 2)];
const twoMasters = { WEBHOOK_SECRET: masters.map((key) => `whsec_${key.toString("base64")}`).join(",") };

/** As the contract writes it down, by other means than the code's. */
function derived(master: Buffer | undefined, tenant: string, version: number): string {
  const input = `onetake/webhook/${tenant}${version === 0 ? "" : `/${version}`}`;
  return `whsec_${createHmac("sha256", master ?? "")
    .update(input)
    .digest("base64")}`;
}

const secretsIn = ({ json }: Answer): string[] => z.array(z.string()).parse(json["secrets"]);
const rotate = (api: TestApi, options = {}) => api.call("POST", "/v1/webhook-secret/rotate", options);
const read = async (api: TestApi, options = {}) =>
  secretsIn(await api.call("GET", "/v1/webhook-secret", options));

describe("a rotation", () => {
  test("the first -> a new secret, and the one before behind it; kept by no cache; GET says the same", async () => {
    const api = await readyApi({ WEBHOOK_SECRET: `whsec_${masters[0]?.toString("base64")}` });
    const answer = await rotate(api);
    expect(answer.status).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.headers).not.toHaveProperty("idempotent-replayed");
    expect(answer.json).toEqual({ secrets: [1, 0].map((version) => derived(masters[0], "acme", version)) });
    expect(await read(api)).toEqual(secretsIn(answer));
  });

  test("two master secrets, two rotations -> versions newest first, of each version the current master's first", async () => {
    const api = await readyApi(twoMasters);
    await rotate(api);
    const answer = await rotate(api);
    expect(secretsIn(answer)).toEqual(
      [2, 1, 0].flatMap((version) => masters.map((master) => derived(master, "acme", version))),
    );
  });

  test("of one tenant -> another key of it sees it, on another API too; another tenant's secret stays", async () => {
    const api = await readyApi();
    const other = await readyApi(api.environment);
    const foreign = await read(api, { key: GLOBEX });
    const secrets = secretsIn(await rotate(api));
    expect(await read(other, { key: ACME_SECOND })).toEqual(secrets);
    expect(await read(other, { key: GLOBEX })).toEqual(foreign);
  });

  test("a day later -> the secret that was replaced signs no more, by Redis' clock", async () => {
    const api = await readyApi();
    const [current] = secretsIn(await rotate(api));
    await passDay(api, "acme");
    expect(await read(api)).toEqual([current]);
    const again = secretsIn(await rotate(api));
    expect(again).toHaveLength(2);
    expect(again[1]).toBe(current);
  });

  test("was made -> on record in the audit log with the key that did it; no secret in the log of the process", async () => {
    const api = await readyApi();
    const [secret = ""] = secretsIn(await rotate(api));
    expect((await auditPage(api)).data).toMatchObject([
      {
        action: "secret.rotate",
        by: expect.stringMatching(/^tenant acme \(env_[0-9a-f]{8}\)$/),
        tenant: "acme",
        subject: "webhook secret 1",
      },
    ]);
    expect(JSON.stringify(api.logs.lines)).not.toContain(secret.slice("whsec_".length));
  });
});

describe("at once", () => {
  test("5 without a key over two APIs -> 5 rotations, none lost", async () => {
    const api = await readyApi();
    const other = await readyApi(api.environment);
    const answers = await Promise.all(Array.from({ length: 5 }, (_, n) => rotate(n % 2 === 0 ? api : other)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(answers.map((answer) => secretsIn(answer)[0])).size).toBe(5);
    expect(await read(api)).toHaveLength(6);
    expect(await countDeeds(api, "secret.rotate")).toBe(5);
  });

  test("50 with one key -> one rotation, the same answer for all", async () => {
    const api = await readyApi();
    const headers = { "idempotency-key": "k" };
    const answers = await Promise.all(Array.from({ length: 50 }, () => rotate(api, { headers })));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
    expect(answers.filter((answer) => answer.headers["idempotent-replayed"] === "true")).toHaveLength(49);
    expect(await read(api)).toHaveLength(2);
    expect(await countDeeds(api, "secret.rotate")).toBe(1);
  });
});
