// The verification samples of docs/webhooks.md, against what the product's own signer makes.
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { signEvent } from "../../src/shared/webhook/sign.ts";
import { blocksOf } from "./support/page.ts";
import { isMissing } from "./support/reader.ts";
import { PAGE, type Received, type Verdict, verifiers } from "./support/verifiers.ts";

const NOW_S = 1_900_000_000;
const secretOf = (bytes = 32): string => `whsec_${randomBytes(bytes).toString("base64")}`;
const [current, other] = [secretOf(), secretOf()];

const eventBody = (text: string): Buffer =>
  Buffer.from(JSON.stringify({ type: "job.succeeded", id: "evt_1", data: { job: { reference: text } } }));

/** Signed now, for a receiver that knows the secrets; `changed`: on its way, or in what the receiver knows. */
function receive(
  { id = "evt_1", timestampS = NOW_S, body = eventBody("order-42"), secrets = [current] },
  changed: Partial<Received> = {},
): Received {
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestampS),
    "webhook-signature": signEvent({ id, timestampS, body, secrets }),
  };
  return { body, headers, secrets, nowS: NOW_S, ...changed };
}

/** With some of its headers replaced, or left out. */
function withHeaders(received: Received, changes: Record<string, string | null>): Received {
  const headers = Object.entries({ ...received.headers, ...changes });
  const kept = headers.flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
  return { ...received, headers: Object.fromEntries(kept) };
}

/** Two of each plane of Unicode, its last but two and one in the middle; no plane has a surrogate there. */
const planes = Array.from({ length: 17 }, (_, plane) =>
  String.fromCodePoint(plane * 0x1_00_00 + 0x41_23, plane * 0x1_00_00 + 0xff_fd),
);

/** The vectors of the standard's libraries: one body, signed by a shared secret and by an ed25519 key. */
const vector: Received = {
  body: Buffer.from('{"test": 2432232314}'),
  headers: {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  },
  secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
  nowS: 1_614_265_330,
};
const ed25519 =
  "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";

const signature = (received: Received): string => received.headers["webhook-signature"] ?? "";
const plain = receive({});

const genuine: [string, Received][] = [
  ["the published vector", vector],
  ["both published vectors", withHeaders(vector, { "webhook-signature": `${ed25519} ${signature(vector)}` })],
  ["an event", plain],
  ...planes.map((text, plane): [string, Received] => [
    `a body with characters of plane ${plane}`,
    receive({ body: eventBody(text) }),
  ]),
  ["a body with line ends, tabs, quotes and a NUL", receive({ body: eventBody('\r\n\t"\\\u0000') })],
  [
    "a body that JSON.stringify would write otherwise",
    receive({ body: Buffer.from('{ "a":1.0,\n"b" : "\\u00e9" }\n') }),
  ],
  ["a big body", receive({ body: eventBody("漢🎬".repeat(20_000)) })],
  ["the shortest and the longest secret", receive({ secrets: [secretOf(24), secretOf(64)] })],
  [
    "two signatures, and the receiver knows the first",
    receive({ secrets: [current, other] }, { secrets: [current] }),
  ],
  [
    "two signatures, and the receiver knows the second",
    receive({ secrets: [other, current] }, { secrets: [current] }),
  ],
  ["one signature, and the receiver knows one more secret", receive({}, { secrets: [other, current] })],
  [
    "ten signatures",
    receive({ secrets: [...Array.from({ length: 9 }, () => secretOf()), current] }, { secrets: [current] }),
  ],
  ["299 s old", receive({ timestampS: NOW_S - 299 })],
  ["299 s ahead", receive({ timestampS: NOW_S + 299 })],
];

const refused: [string, Received][] = [
  [
    "the published ed25519 vector alone, for which there is no shared secret",
    withHeaders(vector, { "webhook-signature": ed25519 }),
  ],
  ["another secret", receive({}, { secrets: [other] })],
  ["no secrets", receive({}, { secrets: [] })],
  ["one byte more", receive({}, { body: Buffer.concat([plain.body, Buffer.from(" ")]) })],
  ["another body of the same length", receive({}, { body: eventBody("order-43") })],
  ["no body", receive({}, { body: Buffer.alloc(0) })],
  ["another id", withHeaders(plain, { "webhook-id": "evt_2" })],
  [
    "another id that is not ASCII",
    withHeaders(receive({ body: eventBody("漢") }), { "webhook-id": "évt_1" }),
  ],
  ["another timestamp, within the window", withHeaders(plain, { "webhook-timestamp": String(NOW_S + 1) })],
  ["301 s old", receive({ timestampS: NOW_S - 301 })],
  ["301 s ahead", receive({ timestampS: NOW_S + 301 })],
  ["a day old", receive({ timestampS: NOW_S - 86_400 })],
  ["milliseconds for seconds", receive({ timestampS: NOW_S * 1000 })],
  ["a timestamp that is none", withHeaders(plain, { "webhook-timestamp": "now" })],
  ["a timestamp that a shell would run", withHeaders(plain, { "webhook-timestamp": "a[$(echo 0 >&2)]" })],
  ["no timestamp", withHeaders(plain, { "webhook-timestamp": null })],
  ["no id", withHeaders(plain, { "webhook-id": null })],
  ["no signature", withHeaders(plain, { "webhook-signature": null })],
  ["no headers", { ...plain, headers: {} }],
  ["an empty signature", withHeaders(plain, { "webhook-signature": "v1," })],
  ["a star for a signature", withHeaders(plain, { "webhook-signature": "* v1,*" })],
  ["the signature without its kind", withHeaders(plain, { "webhook-signature": signature(plain).slice(3) })],
  [
    "the signature under another kind",
    withHeaders(plain, { "webhook-signature": signature(plain).replace("v1", "v2") }),
  ],
  ["the signature cut short", withHeaders(plain, { "webhook-signature": signature(plain).slice(0, -4) })],
  ["a signature that is not ASCII", withHeaders(plain, { "webhook-signature": "v1,é" })],
];

/** A receiver that is set up so would take what anybody signs, or nothing. */
const noSecret: [string, Received][] = [
  ["an empty one", receive({}, { secrets: ["whsec_"] })],
  ["a short one", receive({}, { secrets: ["whsec_c2hvcnQ="] })],
  ["one without its prefix", receive({}, { secrets: [current.slice(6)] })],
];

/** Where the id ends and the timestamp begins must be plain: here the last part of the one passes for the other. */
const shifted = { ...receive({ id: `evt_1.${NOW_S - 7}` }), nowS: NOW_S };

/** The library has no quarrel with these two, nor with the secrets above. */
const careless: [string, Received][] = [
  ["a full stop in the id", shifted],
  ["more than digits in the timestamp", withHeaders(plain, { "webhook-timestamp": `${NOW_S}abc` })],
];

const all = (verdict: Verdict, cases: [string, Received][]): [Verdict, string, Received][] =>
  cases.map(([name, received]) => [verdict, name, received]);

const isStrict = (file: string): boolean => file !== "verify-by-library.ts";

describe.each(verifiers)("$file", ({ file, needs, judge }) => {
  const cases: [Verdict, string, Received][] = [
    ...all("genuine", genuine),
    ...all("refused", refused),
    ...(isStrict(file) ? [...all("refused", careless), ...all("no secret", noSecret)] : []),
  ];

  test.skipIf(isMissing(...needs))(
    "genuine, tampered, stale and badly signed events -> each judged rightly",
    async () => {
      const verdicts = await judge(cases.map(([, , received]) => received));
      const told = cases.map(([, name], index) => [name, verdicts[index]]);
      expect(told).toEqual(cases.map(([verdict, name]) => [name, verdict]));
    },
    120_000,
  );
});

test("the page's verification samples -> are those that are tried here", () => {
  const onPage = blocksOf(PAGE).flatMap(({ file }) => (file?.startsWith("verify") ? [file] : []));
  expect(onPage.sort()).toEqual(verifiers.map(({ file }) => file).sort());
});
