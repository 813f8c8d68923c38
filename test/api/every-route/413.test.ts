// More than 64 KiB, on every route that takes a body.
import { expect, test } from "vitest";
import { holdings, nothing } from "../support.ts";
import { shareApi } from "./shared-api.ts";
import { bodyOf, keyOf, pathOf, rowsOf } from "./tables.ts";

const api = shareApi();

test.each(rowsOf(413))("%s, 65,537 bytes -> 413, nothing created", async (_name, route) => {
  const raw = JSON.stringify(bodyOf(route).body).padEnd(65_537, " ");
  const options = { key: keyOf(route), raw, headers: { "content-type": "application/json" } };
  expect(await api().call(route.method, pathOf(route), options)).toBeProblem(413, "too_large");
  expect(await holdings(api())).toEqual(nothing);
});
