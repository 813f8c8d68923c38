import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { createSealer, parseEncryptionKey, SealError, sealerOf } from "../../../src/shared/webhook/seal.ts";

const [first, second] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

describe("what is sealed", () => {
  test("any text, about anything -> opens to the same text", () => {
    const sealer = createSealer([first]);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (text, about) => {
        expect(sealer.open(sealer.seal(text, about), about)).toBe(text);
      }),
    );
  });

  test("the same text 1,000 times -> 1,000 different seals, and none holds the text", () => {
    const { seal } = createSealer([first]);
    const sealed = Array.from({ length: 1000 }, () => seal("the-text", "x"));
    expect(new Set(sealed).size).toBe(1000);
    for (const each of sealed) {
      expect(Buffer.from(each.split(".")[2] ?? "", "base64url").includes("the-text")).toBe(false);
    }
  });

  test("moved to something else -> does not open", () => {
    const { seal, open } = createSealer([first]);
    const sealed = seal("the-text", "secret of ep_1");
    expect(() => open(sealed, "secret of ep_2")).toThrow(SealError);
    expect(() => open(sealed, "headers of ep_1")).toThrow(SealError);
  });

  test("any of its bytes changed, cut off, or more of them -> does not open", () => {
    const { seal, open } = createSealer([first]);
    const sealed = seal("the-text", "x");
    const [version, name, data = ""] = sealed.split(".");
    const bytes = Buffer.from(data, "base64url");
    for (let at = 0; at < bytes.length; at++) {
      for (const spoilt of [flipped(bytes, at), bytes.subarray(0, at)]) {
        const text = [version, name, spoilt.toString("base64url")].join(".");
        expect(() => open(text, "x"), `byte ${at}`).toThrow(SealError);
      }
    }
    const longer = Buffer.concat([bytes, Buffer.of(0)]).toString("base64url");
    expect(() => open([version, name, longer].join("."), "x")).toThrow(SealError);
  });

  test.each(["", ".", "s1", "s1..", "s2.x.y", "the-text", "s1.__proto__.x"])(
    "%j -> does not open",
    (text) => {
      expect(() => createSealer([first]).open(text, "x")).toThrow(SealError);
    },
  );
});

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

describe("several keys", () => {
  const old = createSealer([first]);
  const both = createSealer([second, first]);
  const fresh = createSealer([second]);

  test("sealed by the old one -> opens while that is there, and is known for old; by the new one alone it does not", () => {
    const sealed = old.seal("the-text", "x");
    expect(both.open(sealed, "x")).toBe("the-text");
    expect(both.isOld(sealed)).toBe(true);
    expect(() => fresh.open(sealed, "x")).toThrow("ENCRYPTION_KEY does not have its key");
  });

  test("sealed while both are there -> by the first: the new one opens it alone, the old one does not", () => {
    const sealed = both.seal("the-text", "x");
    expect(both.isOld(sealed)).toBe(false);
    expect(fresh.open(sealed, "x")).toBe("the-text");
    expect(() => old.open(sealed, "x")).toThrow(SealError);
  });

  test("an error -> holds neither the text nor the seal", () => {
    const sealed = old.seal("the-text", "x");
    expect(() => fresh.open(sealed, "x")).not.toThrow("the-text");
    expect(() => fresh.open(sealed, "x")).not.toThrow(sealed);
  });

  test("none -> there is no sealer", () => {
    expect(sealerOf(undefined)).toBeNull();
    expect(() => createSealer([])).toThrow("at least one key");
  });
});

test("what an earlier version has sealed -> opens: the form of a seal is part of what is stored", () => {
  const sealed = "s1.JPwPdyx2.Wi7YaJ1cStiZG3th283F6imBxTNv6kLAuFU8XxPr7jltawjv";
  expect(createSealer([second, first]).open(sealed, "secret of ep_1")).toBe("the-text");
});

describe("the variable's text", () => {
  test.each([
    ["31 bytes", Buffer.alloc(31).toString("base64")],
    ["33 bytes", Buffer.alloc(33).toString("base64")],
    ["no padding", first.toString("base64").replace("=", "")],
    ["the alphabet of URLs", Buffer.alloc(32, 251).toString("base64url")],
    ["hex", first.toString("hex")],
    ["nothing", ""],
  ])("%s -> no key", (_name, text) => {
    expect(parseEncryptionKey(text)).toBeNull();
  });

  test("base64 of 32 bytes -> the key", () => {
    expect(parseEncryptionKey(first.toString("base64"))).toEqual(first);
  });
});
