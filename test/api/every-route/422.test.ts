// A field or a parameter that is not known, on every route: a typo must not cost money, nor pass for something that was kept.
import { expect, test } from "vitest";
import { faultsOf, holdings, nothing } from "../support.ts";
import { shareApi } from "./shared-api.ts";
import { bodyOf, keyOf, pathOf, rowsOf, takesBody } from "./tables.ts";

const api = shareApi();

test.each(rowsOf(422).filter(([, operation]) => takesBody(operation)))(
  "%s, a field too many -> 422 that points at it, nothing created",
  async (_name, route) => {
    const body = { ...bodyOf(route).body, priorty: "high" };
    const answer = await api().call(route.method, pathOf(route), { key: keyOf(route), body });
    expect(faultsOf(answer)).toEqual([{ pointer: "/priorty", detail: "This field is not known." }]);
    expect(await holdings(api())).toEqual(nothing);
  },
);

test.each(rowsOf(422))(
  "%s, a parameter too many -> 422 that names it, nothing created",
  async (_name, route) => {
    const path = `${pathOf(route)}?wiat=3`;
    const answer = await api().call(route.method, path, { key: keyOf(route), ...bodyOf(route) });
    expect(faultsOf(answer)).toEqual([{ parameter: "wiat", detail: "This parameter is not known." }]);
    expect(await holdings(api())).toEqual(nothing);
  },
);
