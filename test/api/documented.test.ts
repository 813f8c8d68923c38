// The API and its description are one: each route is in both, and each status that a route documents has a test.
import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildUnaskedApp } from "../../tools/openapi.ts";
import { checkAnswer, operations } from "../support/documented.ts";
import { isTabled } from "./every-route/tables.ts";

/** The tests of a route are in the folder that is named for its operation; those of all routes at once in every-route. */
const folderOf = (id: string): string => id.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

describe("routes", () => {
  test("what the API serves -> is what is documented, each route once", async () => {
    const app = buildUnaskedApp();
    expect(app.printRoutes()).toBe("(empty tree)");
    const served: string[] = [];
    app.addHook("onRoute", ({ method, url, schema }) => {
      if (!schema?.hide && method !== "HEAD") served.push(`${String(method)} ${url}`);
    });
    await app.ready();
    await app.close();
    const documented = operations.map(
      ({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
    );
    expect(served.toSorted()).toEqual(documented.toSorted());
  });
});

describe("statuses", () => {
  const documented = operations.flatMap((operation) =>
    operation.statuses.map((status) => ({ id: operation.id, status, operation })),
  );

  test.each(documented)("$id $status -> has a test", ({ id, status, operation }) => {
    const folders = isTabled(operation, status) ? [folderOf(id), "every-route"] : [folderOf(id)];
    const files = folders.flatMap((folder) => filesOf(folder)).filter((file) => statusOf(file) === status);
    expect(files, `test/api/${folderOf(id)}/${status}.test.ts`).not.toEqual([]);
  });

  test.each(operations)("$id -> has no test of a status that it does not document", ({ id, statuses }) => {
    const tested = filesOf(folderOf(id)).map((file) => statusOf(file));
    expect(tested.filter((status) => status !== null && !statuses.includes(status))).toEqual([]);
  });
});

describe("the check of every answer that a test receives", () => {
  const json = { "content-type": "application/json; charset=utf-8" };
  const alive = { status: 200, headers: json, text: '{"status":"ok"}' };
  const check = (changes: Partial<typeof alive>) => () =>
    checkAnswer("GET", "/livez", { ...alive, ...changes });

  test("an answer as it is documented -> passes", () => {
    expect(check({})).not.toThrow();
  });

  test.each<[string, Partial<typeof alive>, string]>([
    ["a status", { status: 201 }, "this status is not documented"],
    ["a type", { headers: { "content-type": "text/html" } }, "the type text/html is not documented"],
    ["another value", { text: '{"status":"well"}' }, "/status must be equal to constant"],
    ["a member missing", { text: "{}" }, "must have required property 'status'"],
    ["a member too many", { text: '{"status":"ok","since":1}' }, "must NOT have additional properties"],
    ["no body", { text: "" }, "its body is empty"],
  ])("%s that is not documented -> throws and says so", (_name, changes, words) => {
    expect(check(changes)).toThrow(words);
  });

  test("a header that is not documented -> throws and says so", () => {
    const headers = { ...json, location: "/v1/jobs/x" };
    expect(() => checkAnswer("GET", "/livez", { ...alive, headers })).toThrow(
      "these headers are not documented: Location",
    );
  });

  test("no route, and no problem either -> throws", () => {
    expect(() => checkAnswer("GET", "/nowhere", { ...alive, status: 404 })).toThrow(
      "its body is not as it is documented",
    );
  });
});

function filesOf(folder: string): string[] {
  const url = new URL(folder, import.meta.url);
  return existsSync(url) ? readdirSync(url).filter((file) => file.endsWith(".test.ts")) : [];
}

/** null: a file of another kind, such as a regression's. */
function statusOf(file: string): number | null {
  const [, status] = /^(\d{3})\b/.exec(file) ?? [];
  return status === undefined ? null : Number(status);
}
