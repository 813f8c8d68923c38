// docs/configuration.md is written by hand; this keeps its names and defaults those of the code.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** The variables of a source file in their order, each with its default. */
function variablesIn(source: string): [name: string, fallback: string][] {
  const entries = [...source.matchAll(/^ {2}([A-Z][A-Z_]+):([\s\S]*?)(?=^ {2}[A-Z][A-Z_]+:|^\})/gm)];
  return entries.map(([, name = "", definition = ""]) => {
    const fallback = /\.(?:pre|de)fault\(\s*"?([^")]*?)"?,?\s*\)/.exec(definition)?.[1] ?? "none";
    return [name, fallback.replaceAll("_", fallback.match(/^[\d_]+$/) ? "" : "_")];
  });
}

/** The rows of the page's tables. */
const documented = [...read("docs/configuration.md").matchAll(/^\| `([A-Z_]+)` +\| ([^|]+?) +\|/gm)].map(
  ([, name = "", cell = ""]): [string, string] => [name, /^`(.+)`$/.exec(cell)?.[1] ?? "none"],
);

const byName = (pairs: [string, string][]) => pairs.toSorted(([a], [b]) => a.localeCompare(b));

test("every variable of the code -> stands in docs/configuration.md with its default, and no other does", () => {
  const variables = [
    ...variablesIn(read("src/shared/config.ts")),
    ...variablesIn(read("src/simulator/environment.ts")).map(([name, fallback]): [string, string] => [
      name,
      fallback === "null" ? "none" : fallback,
    ]),
  ];
  expect(variables.length).toBeGreaterThan(40);
  expect(byName(documented)).toEqual(byName(variables));
});
