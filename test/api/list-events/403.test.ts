// GET /v1/events by the operator, who has none.
import { expect, test } from "vitest";
import { ADMIN, readyApi } from "../../support/api.ts";
import { raiseEvents } from "../../support/feed.ts";

test.each(["application/json", "text/event-stream"])("the operator's key, %s -> 403", async (accept) => {
  const api = await readyApi();
  await raiseEvents(api, 1);
  expect(await api.call("GET", "/v1/events", { key: ADMIN, headers: { accept } })).toBeProblem(
    403,
    "forbidden",
  );
});
