import { createHmac, randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { parseSecret, signEvent, tenantSecret } from "../../../src/shared/webhook/sign.ts";

const secretOf = (bytes: number) => `whsec_${randomBytes(bytes).toString("base64")}`;

describe("signing", () => {
  test("the published vector of Standard Webhooks -> its signature", () => {
    const signature = signEvent({
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestampS: 1_614_265_330,
      body: Buffer.from('{"test": 2432232314}'),
      secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    });
    expect(signature).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  test("several secrets -> one signature each, in their order", () => {
    const event = { id: "evt_1", timestampS: 1_700_000_000, body: Buffer.from("{}") };
    const [first, second] = [secretOf(24), secretOf(64)];
    const alone = [first, second].map((secret) => signEvent({ ...event, secrets: [secret] }));
    expect(signEvent({ ...event, secrets: [first, second] })).toBe(alone.join(" "));
  });

  test("any body of any plane of Unicode -> verified by the standardwebhooks library with each secret", () => {
    const text = fc.string({ unit: "binary" }).filter((candidate) => candidate.isWellFormed());
    fc.assert(
      fc.property(text, fc.integer({ min: 24, max: 64 }), (prompt, keyBytes) => {
        const secrets = [secretOf(keyBytes), secretOf(32)];
        const body = Buffer.from(JSON.stringify({ prompt, fixed: "é 漢 🎬 \u{2F81A} \u{E0001} \u{10FFFD}" }));
        const timestampS = Math.floor(Date.now() / 1_000);
        const headers = {
          "webhook-id": "evt_1",
          "webhook-timestamp": String(timestampS),
          "webhook-signature": signEvent({ id: "evt_1", timestampS, body, secrets }),
        };
        for (const secret of secrets) {
          expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body.toString()));
        }
      }),
    );
  });

  test("bytes that are not UTF-8 -> signed as they are", () => {
    const key = randomBytes(32);
    const body = Buffer.from([0xff, 0x00, 0xc3, 0x28]);
    const expected = createHmac("sha256", key)
      .update(Buffer.concat([Buffer.from("evt_1.1."), body]))
      .digest("base64");
    expect(
      signEvent({ id: "evt_1", timestampS: 1, body, secrets: [`whsec_${key.toString("base64")}`] }),
    ).toBe(`v1,${expected}`);
  });

  test.each([[[]], [["whsec_short"]]])("secrets %j -> throws, nothing goes out unsigned", (secrets) => {
    expect(() => signEvent({ id: "evt_1", timestampS: 1, body: Buffer.from("{}"), secrets })).toThrow(
      /secret/,
    );
  });
});

describe("a secret", () => {
  test.each([24, 32, 64])("of %d bytes -> its key", (bytes) => {
    const key = randomBytes(bytes);
    expect(parseSecret(`whsec_${key.toString("base64")}`)).toEqual(key);
  });

  const good = Buffer.alloc(32, 0xfb).toString("base64");
  test.each([
    ["no prefix", good],
    ["another prefix", `whsk_${good}`],
    ["an upper case prefix", `WHSEC_${good}`],
    ["23 bytes", `whsec_${Buffer.alloc(23).toString("base64")}`],
    ["65 bytes", `whsec_${Buffer.alloc(65).toString("base64")}`],
    ["18 bytes, as in an example of Svix", "whsec_plJ3nmyCDGBKInavdOK15jsl"],
    ["nothing", "whsec_"],
    ["no padding", `whsec_${good.replace(/=+$/, "")}`],
    ["the URL alphabet", `whsec_${Buffer.alloc(32, 0xfb).toString("base64url")}=`],
    ["a space inside", `whsec_${good.slice(0, 8)} ${good.slice(8)}`],
    ["a line end", `whsec_${good}\n`],
    ["stray bits in the last character", `whsec_${Buffer.alloc(32).toString("base64").replace("A=", "B=")}`],
  ])("with %s -> refused", (_fault, text) => {
    expect(parseSecret(text)).toBeNull();
  });
});

describe("a tenant's secret", () => {
  const master = Buffer.alloc(32, 7);

  test.each([
    [0, "onetake/webhook/acme"],
    [1, "onetake/webhook/acme/1"],
    [12, "onetake/webhook/acme/12"],
  ])("version %d -> HMAC-SHA256 of %s under the master key", (version, input) => {
    const expected = createHmac("sha256", master).update(input).digest("base64");
    expect(tenantSecret(master, "acme", version)).toBe(`whsec_${expected}`);
  });

  test("derived -> a valid secret, another for each tenant, version and master", () => {
    const secrets = [
      tenantSecret(master, "acme", 0),
      tenantSecret(master, "acme", 1),
      tenantSecret(master, "acme-1", 0),
      tenantSecret(Buffer.alloc(32, 8), "acme", 0),
    ];
    expect(new Set(secrets).size).toBe(4);
    expect(secrets.map((secret) => parseSecret(secret)?.length)).toEqual([32, 32, 32, 32]);
  });
});
