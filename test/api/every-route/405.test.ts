// Every path, called with the methods that it does not know. No key is asked for: nothing could be done with it.
import { expect, test } from "vitest";
import { operations } from "../../support/documented.ts";
import { shareApi } from "./shared-api.ts";

const api = shareApi();
const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

const rows = [...Map.groupBy(operations, ({ path }) => path)].map(([path, known]) => {
  const allowed: string[] = known.map(({ method }) => method);
  const others = methods.filter((method) => !allowed.includes(method));
  return { path, allowed, others, name: `${others.join(", ")} ${path}` };
});

test.each(rows)("$name -> 405 with Allow", async ({ path, allowed, others }) => {
  expect(others).not.toEqual([]);
  for (const method of others) {
    const answer = await api().call(method, path.replace("{id}", "x"), { key: null });
    expect(answer).toBeProblem(405, "method_not_allowed");
    const told = String(answer.headers["allow"]).split(", ");
    expect(told.filter((name) => name !== "HEAD").sort()).toEqual(allowed.toSorted());
    expect(told.includes("HEAD")).toBe(allowed.includes("GET"));
  }
});
