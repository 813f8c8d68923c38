// Bytes that are no UTF-8 were replaced on the way in: another prompt than the caller's was bought.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, nothing } from "../support.ts";

test.each([
  ["Latin-1", Buffer.from('{"input":{"prompt":"caf\xe9"}}', "latin1")],
  ["a letter cut in half", Buffer.from('{"input":{"prompt":"\xc3"}}', "latin1")],
  ["half a surrogate pair, encoded", Buffer.from('{"input":{"prompt":"\xed\xa0\x80"}}', "latin1")],
  ["UTF-16", Buffer.from('\ufeff{"input":{"prompt":"p"}}', "utf16le")],
])("%s -> 400 malformed, nothing created", async (_name, raw) => {
  const api = await readyApi();
  const headers = { "content-type": "application/json; charset=utf-8" };
  const answer = await api.call("POST", "/v1/jobs", { raw, headers });
  expect(answer).toBeProblem(400, "malformed");
  expect(answer.json["detail"]).toBe("The body is not valid UTF-8.");
  expect(await holdings(api)).toEqual(nothing);
});
