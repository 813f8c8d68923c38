// A repeat of a retry was a 404 once the old job's record had gone, though its key is bound to the new one and lives as
// long as that: a caller who repeats to be sure must find what was bought.
import { expect, test } from "vitest";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { makeJobIn } from "../support.ts";
import { idOf, keyed, purge, retry } from "./support.ts";

test("the old job's retention is over, and the retry is repeated -> 200 with the new job; whoever has no such key -> 404", async () => {
  const api = await readyApi();
  const id = await makeJobIn(api, "failed");
  const first = await retry(api, id, keyed("k"));
  await purge(api, id);
  const second = await retry(api, id, keyed("k"));
  expect({ status: second.status, id: idOf(second) }).toEqual({ status: 200, id: idOf(first) });
  expect(await retry(api, id, keyed("another"))).toBeProblem(404, "not_found");
  expect(await retry(api, id, { key: GLOBEX, ...keyed("k") })).toBeProblem(404, "not_found");
});
