// Every route that takes a key, called with one that was made by command and whose record nobody can understand.
import { expect, test } from "vitest";
import { holdings, nothing } from "../support.ts";
import { createKeyStore } from "../../../src/api/keys/key-store.ts";
import { digestOf } from "../../../src/shared/bearer.ts";
import { shareApi } from "./shared-api.ts";
import { bodyOf, pathOf, rowsOf } from "./tables.ts";

const api = shareApi();

test.each(rowsOf(500))("%s -> 500 that says so, nothing created", async (_name, route) => {
  const { redis, keys } = api().ledger;
  const { key } = await createKeyStore(redis, keys).createKey("acme", null);
  await redis.hset(keys.apiKey(digestOf(key).toString("base64url")), "state", "{");
  const answer = await api().call(route.method, pathOf(route), { key, ...bodyOf(route) });
  expect(answer).toBeProblem(500, "record_unreadable");
  expect(await holdings(api())).toEqual(nothing);
});
