import { expect, test } from "vitest";
import { findLockFaults } from "../../tools/lock-file.ts";

function faults(packages: Record<string, object>): string[] {
  return findLockFaults(JSON.stringify({ packages }));
}

test("every dependency has its entry, beside its user or above -> nothing to say", () => {
  expect(
    faults({
      "": { dependencies: { a: "1.0.0" }, devDependencies: { "@s/b": "1.0.0" } },
      "node_modules/a": { dependencies: { c: "1.0.0", "@s/b": "1.0.0" } },
      "node_modules/a/node_modules/c": { dependencies: { "@s/b": "1.0.0", c2: "1.0.0" } },
      "node_modules/@s/b": {},
      "node_modules/a/node_modules/c2": {},
    }),
  ).toEqual([]);
});

test("an optional dependency without an entry, on which npm ci fails -> named with its user", () => {
  expect(
    faults({
      "": { dependencies: { a: "1.0.0" } },
      "node_modules/a": { optionalDependencies: { "@a/for-mac": "1.0.0" } },
    }),
  ).toEqual(["node_modules/a needs @a/for-mac, which is missing"]);
});

test("a dependency that only another package has inside -> missing", () => {
  expect(
    faults({
      "": { dependencies: { a: "1.0.0", b: "1.0.0" } },
      "node_modules/a": {},
      "node_modules/a/node_modules/b": {},
    }),
  ).toEqual(["package.json needs b, which is missing"]);
});

test("a download address -> named", () => {
  expect(faults({ "": {}, "node_modules/a": { resolved: "https://registry.example/a.tgz" } })).toEqual([
    "node_modules/a names its download address, https://registry.example/a.tgz",
  ]);
});
