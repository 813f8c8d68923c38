import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

import { keysOf } from "../../src/shared/keys-of.ts";
import { logFields } from "../../src/shared/log-fields.ts";
import { logLines } from "../../src/shared/log-lines.ts";
import type { Line } from "../../src/shared/log-line.ts";
import { describeLogs } from "../../tools/logs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const sources = readdirSync(`${ROOT}src`, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.startsWith("shared/log-"))
  .map((file) => ({ file, text: readFileSync(`${ROOT}src/${file}`, "utf8") }));
/** Names that are put together where they are told, and the words that one finds there instead. */
const composed: Record<string, string> = {
  "job.cancel": 'verb: "cancel"',
  "job.retry": 'verb: "retry"',
  "job.resolve": 'verb: "resolve"',
  "submit.unproven": 'as: "unproven"',
  "submit.overtaken": 'as: "overtaken"',
};
const lines: [string, Line][] = Object.entries(logLines);

test("docs/logs.md -> is what the catalogue says", () => {
  expect(readFileSync(`${ROOT}docs/logs.md`, "utf8")).toBe(describeLogs());
});

test.each(lines)("%s -> told somewhere, and on the page once", (name) => {
  const words = composed[name] ?? `"${name}"`;
  expect(sources.filter(({ text }) => text.includes(words))).not.toEqual([]);
  expect(describeLogs().split(`| \`${name}\` |`)).toHaveLength(2);
});

test("every field -> in some line, and no line has one twice", () => {
  const used = new Set(lines.flatMap(([, { fields, may = [] }]) => [...fields, ...may]));
  expect(keysOf(logFields).filter((field) => field !== "stage" && !used.has(field))).toEqual([]);
  for (const [, { fields, may = [] }] of lines)
    expect(new Set([...fields, ...may]).size).toBe(fields.length + may.length);
});

test("nobody writes a line past the catalogue", () => {
  const past = sources.filter(({ text }) => /\blog\.(trace|debug|info|warn|error|fatal)\(/.test(text));
  expect(past.map(({ file }) => file)).toEqual([]);
});
