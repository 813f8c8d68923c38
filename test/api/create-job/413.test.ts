// POST /v1/jobs with more than 64 KiB.
import { Readable } from "node:stream";
import { request } from "undici";
import { expect, test } from "vitest";
import { ACME, readyApi } from "../../support/api.ts";
import { holdings, nothing, smallBody } from "../support.ts";

const tooLong = JSON.stringify(smallBody).padEnd(65_537, " ");

test("65,537 bytes -> 413, nothing created", async () => {
  const api = await readyApi();
  const answer = await api.call("POST", "/v1/jobs", {
    raw: tooLong,
    headers: { "content-type": "application/json" },
  });
  expect(answer).toBeProblem(413, "too_large");
  expect(answer.json["detail"]).toContain("65536");
  expect(await holdings(api)).toEqual(nothing);
});

test("65,537 bytes of unknown length, in chunks -> 413, nothing created", async () => {
  const api = await readyApi();
  const answer = await request(`${api.url}/v1/jobs`, {
    method: "POST",
    headers: { authorization: `Bearer ${ACME}`, "content-type": "application/json" },
    body: Readable.from([tooLong.slice(0, 65_536), tooLong.slice(65_536)]),
  });
  expect(answer.statusCode).toBe(413);
  expect(await answer.body.json()).toMatchObject({ code: "too_large", status: 413 });
  expect(await holdings(api)).toEqual(nothing);
});
