// GET /v1/events of a feed that nobody can understand.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";

test.each(["application/json", "text/event-stream"])(
  "%s -> 500 that says so, and the log",
  async (accept) => {
    const api = await readyApi();
    await api.ledger.redis.set(api.ledger.keys.feed("acme"), "x");
    expect(await api.call("GET", "/v1/events", { headers: { accept } })).toBeProblem(
      500,
      "record_unreadable",
    );
    expect(api.logs.named("record.corrupt")).toMatchObject([{ level: "error" }]);
    expect((await api.call("GET", "/v1/events", { key: GLOBEX })).status).toBe(200);
  },
);
