// POST /v1/jobs with a body that is not called JSON.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, nothing, smallBody } from "../support.ts";

test.each([
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/jsonx",
  "application/merge-patch+json",
  "text/json",
  "*/*",
  ";;;",
  "json",
  "",
])("Content-Type %j -> 415, nothing created", async (type) => {
  const api = await readyApi();
  const answer = await api.call("POST", "/v1/jobs", {
    raw: JSON.stringify(smallBody),
    headers: { "content-type": type },
  });
  expect(answer).toBeProblem(415, "unsupported_media_type");
  expect(answer.json["detail"]).toContain("application/json");
  expect(await holdings(api)).toEqual(nothing);
});

test("no Content-Type -> 415, nothing created", async () => {
  const api = await readyApi();
  const answer = await api.call("POST", "/v1/jobs", { raw: JSON.stringify(smallBody) });
  expect(answer).toBeProblem(415, "unsupported_media_type");
  expect(await holdings(api)).toEqual(nothing);
});
