// GET /v1/events with parameters that make no sense.
import { describe, expect, test } from "vitest";
import { toCursor } from "../../../src/api/feed/place.ts";
import { readyApi } from "../../support/api.ts";
import { faultsOf } from "../support.ts";

const cursor = toCursor({ id: "1767225600000-0", at: 1_767_225_600_000 });

describe("parameters", () => {
  test.each([
    ["after", "x"],
    ["after", ""],
    ["after", "Latest"],
    ["after", "1767225600000-0"],
    ["after", `${cursor}=`],
    ["after", cursor.slice(0, -1)],
    ["after", Buffer.from("1-1").toString("base64url")],
    ["after", Buffer.from("-1-1 5").toString("base64url")],
    ["after", Buffer.from("1-1 5e3").toString("base64url")],
    ["after", Buffer.from(`${"9".repeat(40)}-0 5`).toString("base64url")],
    ["limit", "0"],
    ["limit", "101"],
    ["limit", "1.5"],
    ["wait", "61"],
    ["wait", "-1"],
    ["wait", "soon"],
    ["type", "job"],
    ["type", "webhook.test"],
    ["type", "*"],
    ["type", ""],
  ])("%s=%s -> 422 that names it", async (parameter, value) => {
    const api = await readyApi();
    const answer = await api.call("GET", `/v1/events?${parameter}=${encodeURIComponent(value)}`);
    expect(faultsOf(answer)).toEqual([{ parameter, detail: expect.stringMatching(/\S/) }]);
  });

  test.each(["after", "limit", "wait"])("%s twice -> 422 that names it", async (parameter) => {
    const api = await readyApi();
    const answer = await api.call("GET", `/v1/events?${parameter}=1&${parameter}=1`);
    expect(faultsOf(answer)).toEqual([{ parameter, detail: expect.stringMatching(/\S/) }]);
  });
});

describe("Last-Event-ID", () => {
  test.each(["x", "latest", "1767225600000-0", `${cursor}, ${cursor}`])(
    "%s, for a stream -> 422 that names it",
    async (value) => {
      const api = await readyApi();
      const headers = { accept: "text/event-stream", "last-event-id": value };
      const answer = await api.call("GET", "/v1/events", { headers });
      expect(faultsOf(answer)).toEqual([{ parameter: "Last-Event-ID", detail: expect.stringMatching(/\S/) }]);
    },
  );

  test("for a page -> no matter", async () => {
    const api = await readyApi();
    expect((await api.call("GET", "/v1/events", { headers: { "last-event-id": "x" } })).status).toBe(200);
  });
});
