// A field that is not known, on every route that takes a body: a typo must not cost money.
import { expect, test } from "vitest";
import { faultsOf, holdings, nothing } from "../support.ts";
import { shareApi } from "./shared-api.ts";
import { bodyOf, keyOf, pathOf, rowsOf } from "./tables.ts";

const api = shareApi();

test.each(rowsOf(422))(
  "%s, a field too many -> 422 that points at it, nothing created",
  async (_name, route) => {
    const body = { ...bodyOf(route).body, priorty: "high" };
    const answer = await api().call(route.method, pathOf(route), { key: keyOf(route), body });
    expect(faultsOf(answer)).toEqual([{ pointer: "/priorty", detail: "This field is not known." }]);
    expect(await holdings(api())).toEqual(nothing);
  },
);
