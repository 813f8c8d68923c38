/** What comes of a good body in hostile hands: a wrong value somewhere in it, or text that is hardly JSON. */
import { gzipSync } from "node:zlib";

import * as fc from "fast-check";

/** Words that are written into the text as they are, since no value stands for them. */
const TOKENS = [
  "1e400",
  "-1e400",
  "-0",
  "0.1e1",
  "1E0",
  "5.0",
  "NaN",
  "Infinity",
  "undefined",
  "0x10",
  "01",
  "+1",
  "1.",
  "9007199254740993",
  "9".repeat(400),
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u0000"',
  '"\\q"',
  '"tab\there"',
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":{"a":1}}}',
  '{"toString":"x","valueOf":1,"hasOwnProperty":null}',
  '{"a":1,"a":2}',
  "[".repeat(2000) + "]".repeat(2000),
  '{"a":'.repeat(2000) + "1" + "}".repeat(2000),
];
const PLACE = "@here@";

const hostileValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 2 ** 53, 1e308, "", " ", "NaN", "5", "true"),
  fc.constantFrom<unknown>([], {}, [[]], [null], { $gt: "" }, { length: 1e9 }, ["a", "b"]),
  fc.constantFrom(
    "\u202e\u0000",
    "\ufeffx",
    "a".repeat(1501),
    "€".repeat(9000),
    "'; DROP TABLE jobs",
    "../../etc",
  ),
  fc.constantFrom(
    "http://169.254.169.254/",
    "https://127.0.0.1/",
    "javascript:alert(1)",
    "data:,x",
    "https://u:p@h/",
  ),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.jsonValue({ maxDepth: 3 }),
);

const names = fc.oneof(
  fc.constantFrom(
    "constructor",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "length",
    "then",
    "toJSON",
    "prototype",
  ),
  fc.constantFrom("Prompt", "input.prompt", "input[prompt]", "$ref", "id", "status", "tenant", "billing", ""),
  fc.string({ maxLength: 20 }),
);

/** The bytes of a body that is not what it should be; few of them are good all the same. */
export const spoilBody = (fit: fc.Arbitrary<unknown>): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 5, arbitrary: spoilValue(fit).map((value) => Buffer.from(JSON.stringify(value))) },
    { weight: 4, arbitrary: writeToken(fit) },
    { weight: 4, arbitrary: fit.chain((value) => spoilText(JSON.stringify(value))) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  );

/** Another value somewhere, a member less, or one too many. */
const spoilValue = (fit: fc.Arbitrary<unknown>, hostile = hostileValues): fc.Arbitrary<unknown> =>
  fc
    .tuple(fit, fc.nat(), fc.constantFrom("replace", "add", "remove"), hostile, names)
    .map(([value, place, how, wrong, name]) => {
      const copy: unknown = structuredClone(value);
      const places = placesIn(copy);
      const [holder, key] = places[place % Math.max(1, places.length)] ?? [];
      if (holder === undefined || key === undefined) return wrong;
      if (how === "add") set(holder, name, wrong);
      else if (how === "remove") Reflect.deleteProperty(holder, key);
      else set(holder, key, wrong);
      return copy;
    });

const writeToken = (fit: fc.Arbitrary<unknown>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(spoilValue(fit, fc.constant(PLACE)), fc.constantFrom(...TOKENS))
    .map(([value, token]) => Buffer.from(JSON.stringify(value).replaceAll(`"${PLACE}"`, () => token)));

/** Every member and entry, with what holds it. */
function placesIn(value: unknown): [object, string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]): [object, string][] => [
    [value, key],
    ...placesIn(member),
  ]);
}

/** A member of its own, whatever its name. */
function set(holder: object, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

function spoilText(json: string): fc.Arbitrary<Buffer> {
  const bytes = Buffer.from(json);
  return fc.oneof(
    fc.constantFrom(
      Buffer.from(`\ufeff${json}`),
      Buffer.from(`[${json}]`),
      Buffer.from(JSON.stringify(json)),
      Buffer.from(`${json}${json}`),
      Buffer.from(`${json},`),
      Buffer.from(json.replace("{", '{"input":{"prompt":"twice"},"reason":"twice","action":"fail",')),
      Buffer.from(json.replace("{", '{"__proto__":{"prompt":"x"},')),
      Buffer.from(json.replace("{", '{"constructor":{"prototype":{"x":1}},')),
      Buffer.from(json.replaceAll('"', "'")),
      Buffer.from(json.replace(/\}$/, "")),
      Buffer.from(" ".repeat(70_000) + json),
      Buffer.from("[".repeat(30_000)),
      Buffer.from("[".repeat(30_000) + "]".repeat(30_000)),
      Buffer.from(json.replace("{", `{"metadata":${'{"a":'.repeat(9000)}1${"}".repeat(9000)},`)),
      Buffer.from(json, "utf16le"),
      gzipSync(json),
      Buffer.alloc(0),
      Buffer.alloc(100),
    ),
    fc.nat(bytes.length).map((end) => bytes.subarray(0, end)),
    fc
      .tuple(
        fc.nat(bytes.length),
        fc.constantFrom("\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\x00"),
      )
      .map(([at, raw]) =>
        Buffer.concat([bytes.subarray(0, at), Buffer.from(raw, "latin1"), bytes.subarray(at)]),
      ),
  );
}
