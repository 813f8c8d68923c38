// Every route that takes a key, called by nobody that we know.
import { describe, expect, test } from "vitest";
import { ACME } from "../../support/api.ts";
import { holdings, nothing } from "../support.ts";
import { shareApi } from "./shared-api.ts";
import { bodyOf, pathOf, rowsOf } from "./tables.ts";

const api = shareApi();

describe.each<[string, string | null]>([
  ["no key", null],
  ["an unknown key", `${ACME}x`],
])("%s", (_name, key) => {
  test.each(rowsOf(401))("%s -> 401 with WWW-Authenticate, nothing created", async (_route, route) => {
    const answer = await api().call(route.method, pathOf(route), { key, ...bodyOf(route) });
    expect(answer).toBeProblem(401, "unauthorized");
    expect(answer.headers).toMatchObject({
      "www-authenticate": 'Bearer realm="onetake"',
      "cache-control": "no-store",
    });
    expect(await holdings(api())).toEqual(nothing);
  });
});
