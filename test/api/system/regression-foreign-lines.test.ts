// Fastify wrote lines of its own ("Server listening at …") that no catalogue knows.
import { expect, test } from "vitest";
import { loggersFor } from "../../../src/api/http/request-log.ts";
import { logLines } from "../../../src/shared/log-lines.ts";
import { readyApi } from "../../support/api.ts";
import { openLogBook } from "../../support/log-book.ts";

test("an API starts and answers -> each line is one of the catalogue's, those of requests among them", async () => {
  const api = await readyApi();
  await api.call("GET", "/nowhere");
  await api.logs.waitFor({ msg: "http.request", route: "unknown" });
  const names = new Set(api.logs.lines.map(({ msg }) => String(msg)));
  expect([...names].filter((name) => !Object.hasOwn(logLines, name))).toEqual([]);
  expect([...names]).toEqual(expect.arrayContaining(["api.listening", "http.request"]));
});

test.each([
  ["debug", ["from here on"]],
  ["error", []],
  ["silent", []],
])("LOG_LEVEL=%s -> of what Fastify says itself, %j is heard", (level, heard) => {
  const book = openLogBook("api", level);
  const { loggerInstance } = loggersFor(book.log);
  loggerInstance.info("below a warning");
  loggerInstance.warn("from here on");
  expect(book.lines.map(({ msg }) => msg)).toEqual(heard);
});
