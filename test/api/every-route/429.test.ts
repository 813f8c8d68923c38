// One request too many in a minute, on every route that takes a key.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, nothing } from "../support.ts";
import { bodyOf, pathOf, rowsOf } from "./tables.ts";

test.each(rowsOf(429))("%s -> 429 with Retry-After and RateLimit, nothing created", async (_name, route) => {
  const api = await readyApi({ RATE_LIMIT_RPM: "1" });
  await api.call("GET", "/v1/jobs");
  const answer = await api.call(route.method, pathOf(route), bodyOf(route));
  expect(answer).toBeProblem(429, "rate_limited");
  expect(answer.headers).toMatchObject({
    "retry-after": expect.stringMatching(/^[1-9]\d?$/),
    ratelimit: expect.stringMatching(/^"requests";r=0;t=\d+$/),
    "ratelimit-policy": '"requests";q=1;w=60',
  });
  expect(await holdings(api)).toEqual(nothing);
});
