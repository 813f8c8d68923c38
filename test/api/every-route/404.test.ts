// Ids that nobody has; and the operator's routes where there is no operator.
import { describe, expect, test } from "vitest";
import { ACME } from "../../support/api.ts";
import { shareApi } from "./shared-api.ts";
import { bodyOf, keyOf, pathOf, rowsOf } from "./tables.ts";

const rows = rowsOf(404);

describe("an id that nobody has", () => {
  const api = shareApi();
  const withId = rows.filter(([, { path }]) => path.includes("{id}"));

  test.each(withId)("%s -> 404", async (_name, route) => {
    const options = { key: keyOf(route), ...bodyOf(route) };
    expect(await api().call(route.method, pathOf(route), options)).toBeProblem(404, "not_found");
  });

  test.each(withId)("%s, an id that could be none -> 404", async (_name, route) => {
    const options = { key: keyOf(route), ...bodyOf(route) };
    // A client takes `..` alone for a step up, which leads to another route.
    for (const id of ["x", "..%2F", "job_", "k".repeat(300)]) {
      const path = route.path.replace("{id}", id);
      expect(await api().call(route.method, path, options)).toBeProblem(404, "not_found");
    }
  });
});

describe("no ADMIN_KEY", () => {
  const api = shareApi({ ADMIN_KEY: "" });
  const operators = rows.filter(([, { path }]) => !path.includes("{id}"));

  test.each(operators)("%s -> 404: there is no such route", async (_name, route) => {
    const options = { key: ACME, ...bodyOf(route) };
    expect(await api().call(route.method, pathOf(route), options)).toBeProblem(404, "not_found");
  });
});
