// A body that cannot be read, and an Idempotency-Key that is none, on every route that takes them.
import { describe, expect, test } from "vitest";
import { holdings, nothing } from "../support.ts";
import { shareApi } from "./shared-api.ts";
import { keyOf, pathOf, rowsOf } from "./tables.ts";

const api = shareApi();

describe("half an object", () => {
  test.each(rowsOf(400))("%s -> 400 malformed, nothing created", async (_name, route) => {
    const headers = { "content-type": "application/json" };
    const options = { key: keyOf(route), raw: '{"input":', headers };
    expect(await api().call(route.method, pathOf(route), options)).toBeProblem(400, "malformed");
    expect(await holdings(api())).toEqual(nothing);
  });
});
