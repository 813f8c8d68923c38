// The board only reads. Retrying or promoting an entry there would pass every rule that guards the buying.
import { appRoutes } from "@bull-board/api/dist/routes.js";
import { describe, expect, test, beforeAll, afterAll } from "vitest";
import { ADMIN, isReady, startTestApi, type TestApi } from "../../support/api.ts";
import { everyKey, makeJobIn } from "../support.ts";
import { BOARD, failEntry, signIn } from "./support.ts";

let api: TestApi;
let entry: string;
beforeAll(async () => {
  api = await startTestApi();
  await isReady(api);
  await makeJobIn(api, "processing");
  entry = await failEntry(api, "submit", new Error("broken"));
});
afterAll(() => api.close());

const writing = appRoutes.api.flatMap(({ method, route }) =>
  [method]
    .flat()
    .flatMap((name) => (name === "get" ? [] : [route].flat().map((path) => [name.toUpperCase(), path]))),
);

describe("whatever bull-board has that writes", () => {
  test("its routes -> are known", () => {
    expect(writing.length).toBeGreaterThan(20);
  });

  test.each(writing)("%s %s -> refused, and nothing has changed", async (method, route) => {
    const path = route
      ?.replace(":queueName", "submit")
      .replace(":jobId", entry)
      .replace(":queueStatus", "failed")
      .replace(":status", "failed")
      .replace(":id", "x");
    const before = await everyKey(api);
    const cookie = await signIn(api);
    for (const headers of [{ cookie }, { authorization: `Bearer ${ADMIN}` }]) {
      const answer = await api.call(
        method === "PUT" ? "PUT" : method === "PATCH" ? "PATCH" : "POST",
        `${BOARD}${path}`,
        {
          key: null,
          headers,
          body: { name: "submit", data: { id: entry, n: 1 }, options: {}, force: true },
        },
      );
      expect([404, 405]).toContain(answer.status);
    }
    expect(await everyKey(api)).toEqual(before);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE"] as const)("%s to any of its pages -> 405", async (method) => {
    for (const path of ["", "/", "/api/queues", `/api/queues/submit/${entry}`, "/queue/submit"]) {
      expect(await api.call(method, `${BOARD}${path}`, { key: ADMIN })).toBeProblem(
        405,
        "method_not_allowed",
      );
    }
  });

  test("a request that asks to be taken for another method -> is what it is", async () => {
    const before = await everyKey(api);
    const headers = { "x-http-method-override": "PUT", "x-method-override": "PUT" };
    const path = `${BOARD}/api/queues/submit/${entry}/retry/failed`;
    const answer = await api.call("GET", `${path}?_method=PUT`, { key: ADMIN, headers });
    expect(answer).toBeProblem(404, "not_found");
    expect(await everyKey(api)).toEqual(before);
  });
});
