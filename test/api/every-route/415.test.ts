// A body that is not called JSON, on every route that takes one.
import { expect, test } from "vitest";
import { holdings, nothing } from "../support.ts";
import { shareApi } from "./shared-api.ts";
import { bodyOf, keyOf, pathOf, rowsOf } from "./tables.ts";

const api = shareApi();

test.each(rowsOf(415))("%s, text/plain -> 415, nothing created", async (_name, route) => {
  const raw = JSON.stringify(bodyOf(route).body);
  const options = { key: keyOf(route), raw, headers: { "content-type": "text/plain" } };
  expect(await api().call(route.method, pathOf(route), options)).toBeProblem(415, "unsupported_media_type");
  expect(await holdings(api())).toEqual(nothing);
});
