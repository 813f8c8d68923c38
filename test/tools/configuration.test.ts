import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

import { about } from "../../src/shared/config/about.ts";
import { apiVariables } from "../../src/shared/config/api-variables.ts";
import { sharedVariables } from "../../src/shared/config/shared-variables.ts";
import { workerVariables } from "../../src/shared/config/worker-variables.ts";
import { simulatorVariables } from "../../src/simulator/environment.ts";
import { describeConfiguration, describeDefault } from "../../tools/configuration.ts";

const variables = Object.entries({
  ...sharedVariables,
  ...apiVariables,
  ...workerVariables,
  ...simulatorVariables,
});
const page = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");

test("docs/configuration.md -> is what the schemas say", () => {
  expect(page).toBe(describeConfiguration());
});

test("the page -> has one row for each variable", () => {
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);
  expect(rows).toEqual(variables.map(([name]) => name));
});

const described = variables.map(([name, schema]) => ({
  name,
  schema,
  written: describeDefault(schema),
  example: about.get(schema)?.example,
}));

describe("a default on the page, written into the environment", () => {
  const withDefault = described.filter(({ written }) => written.startsWith("`"));

  test("there are many of them", () => {
    expect(withDefault.length).toBeGreaterThan(30);
  });

  test.each(withDefault)("$name=$written -> what it is when unset", ({ schema, written }) => {
    expect(schema.parse(written.slice(1, -1))).toEqual(schema.parse(undefined));
  });
});

test.each(described.filter(({ written }) => written === "none"))(
  "$name, which has none -> may stay unset, and is then nothing",
  ({ schema }) => {
    expect(schema.parse(undefined) ?? null).toBeNull();
  },
);

test("what is required -> said so", () => {
  const required = described.filter(({ written }) => written === "required").map(({ name }) => name);
  expect(required).toEqual(["WEBHOOK_SECRET", "NOVITA_API_KEY"]);
});

test.each(described.filter(({ example }) => example !== undefined))(
  "$name=$example, the page's example -> taken",
  ({ schema, example }) => {
    expect(schema.safeParse(example)).toMatchObject({ success: true });
  },
);
