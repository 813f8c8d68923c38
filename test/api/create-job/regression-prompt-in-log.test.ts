// A script that fails rejects with an error that carries its whole command, and so the job: the prompt was in the log.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { smallBody } from "../support.ts";

test("the write of a new job is refused by Redis -> 500, and the log says why without the prompt", async () => {
  const api = await readyApi();
  const { redis, keys } = api.ledger;
  await redis.set(keys.jobs("acme"), "not a sorted set");
  const answer = await api.post(smallBody);
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain("lighthouse");
  const told = JSON.stringify(api.logs.lines);
  expect(told).toContain("WRONGTYPE");
  expect(told).not.toContain("lighthouse");
});
