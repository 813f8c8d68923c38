// Every route that takes one kind of key, called with the other.
import { expect, test } from "vitest";
import { ACME, ADMIN } from "../../support/api.ts";
import { holdings, nothing } from "../support.ts";
import { shareApi } from "./shared-api.ts";
import { bodyOf, keyOf, pathOf, rowsOf } from "./tables.ts";

const api = shareApi();

test.each(rowsOf(403))("%s -> 403, nothing created", async (_name, route) => {
  const key = keyOf(route) === ADMIN ? ACME : ADMIN;
  const answer = await api().call(route.method, pathOf(route), { key, ...bodyOf(route) });
  expect(answer).toBeProblem(403, "forbidden");
  expect(await holdings(api())).toEqual(nothing);
});
