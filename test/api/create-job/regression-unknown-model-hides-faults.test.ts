// An unknown model was the only fault that was told, and a body that is no object was told to be a model.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { faultsOf, holdings, nothing, pointersOf } from "../support.ts";

test("an unknown model -> the faults beside the input are told as well, nothing created", async () => {
  const api = await readyApi();
  const answer = await api.post({ model: "wan9", input: { x: 1 }, priority: 0, tags: [1], typo: true });
  expect(pointersOf(answer)).toEqual(["/model", "/priority", "/tags/0", "/typo"]);
  expect(await holdings(api)).toEqual(nothing);
});

test("a list -> told that it must be an object", async () => {
  const api = await readyApi();
  expect(faultsOf(await api.post([]))).toEqual([{ pointer: "", detail: "must be an object" }]);
});
