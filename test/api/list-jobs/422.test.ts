// GET /v1/jobs with parameters that make no sense: each is named, and none is passed over.
import { describe, expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { faultsOf } from "../support.ts";

const cursor = (text: string) => Buffer.from(text).toString("base64url");
const ID = "job_01ARZ3NDEKTSV4RRFFQ69G5FAV";

describe("one parameter", () => {
  test.each([
    ["an unknown one", "stauts=queued", "stauts"],
    ["one of a prototype", "__proto__=1", "__proto__"],
    ["one of another list", "tenant=acme", "tenant"],
    ["one in another case", "Limit=5", "Limit"],
    ["an unknown status", "status=done", "status"],
    ["an empty status", "status=", "status"],
    ["statuses in one word", "status=queued,failed", "status"],
    ["an unknown status among others", "status=queued&status=nope", "status"],
    ["limit 0", "limit=0", "limit"],
    ["limit 101", "limit=101", "limit"],
    ["a negative limit", "limit=-1", "limit"],
    ["half a limit", "limit=1.5", "limit"],
    ["a limit in another notation", "limit=1e1", "limit"],
    ["a limit with a zero before it", "limit=010", "limit"],
    ["an empty limit", "limit=", "limit"],
    ["two limits", "limit=5&limit=5", "limit"],
    ["two tags", "tag=a&tag=b", "tag"],
    ["a tag that is longer than one can be", `tag=${"x".repeat(65)}`, "tag"],
    ["two references", "reference=a&reference=b", "reference"],
    ["a reference that is longer than one can be", `reference=${"x".repeat(129)}`, "reference"],
    ["a date", "created_after=2026-01-01", "created_after"],
    ["a time without an offset", "created_after=2026-01-01T00:00:00", "created_after"],
    ["a time without seconds", "created_after=2026-01-01T00:00Z", "created_after"],
    ["an offset whose + was not encoded", "created_before=2026-01-01T00:00:00+01:00", "created_before"],
    ["a day that no month has", "created_before=2026-02-30T00:00:00Z", "created_before"],
    ["milliseconds", "created_before=1767225600000", "created_before"],
    ["an empty time", "created_after=", "created_after"],
    ["two cursors", "after=a&after=b", "after"],
    ["an empty cursor", "after=", "after"],
    ["a job's id for a cursor", `after=${ID}`, "after"],
    ["a cursor cut short", `after=${cursor(`1767225600000 ${ID}`).slice(0, -4)}`, "after"],
    ["a cursor and more", `after=${cursor(`1767225600000 ${ID}`)}AA`, "after"],
    [
      "a cursor in base64 that is not for URLs",
      `after=${encodeURIComponent(`${cursor(`1767225600000 ${ID}`)}=`)}`,
      "after",
    ],
    ["a cursor without a time", `after=${cursor(` ${ID}`)}`, "after"],
    ["a cursor with an odd time", `after=${cursor(`0017 ${ID}`)}`, "after"],
    ["a cursor with an infinite time", `after=${cursor(`Infinity ${ID}`)}`, "after"],
    ["a cursor with more words", `after=${cursor(`17 ${ID} x`)}`, "after"],
    ["a cursor of deliveries", `after=${cursor("17 dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV_job")}`, "after"],
  ])("%s -> 422 that names it", async (_name, query, parameter) => {
    const api = await readyApi();
    const answer = await api.call("GET", `/v1/jobs?${query}`);
    expect(faultsOf(answer)).toEqual([{ parameter, detail: expect.stringMatching(/\S/) }]);
  });
});

test("several faults -> each is told", async () => {
  const api = await readyApi();
  const answer = await api.call(
    "GET",
    "/v1/jobs?limit=0&color=red&status=x&created_after=now&after=1&size=2",
  );
  expect(
    faultsOf(answer)
      .map((fault) => ("parameter" in fault ? String(fault.parameter) : ""))
      .sort(),
  ).toEqual(["after", "color", "created_after", "limit", "size", "status"]);
});

test("what is right is said", async () => {
  const api = await readyApi();
  const detail = async (query: string) => faultsOf(await api.call("GET", `/v1/jobs?${query}`))[0]?.detail;
  expect(await detail("limit=0")).toBe("must be a whole number from 1 to 100");
  expect(await detail("status=x")).toContain("must be one of queued, submitting");
  expect(await detail("stauts=x")).toBe("This parameter is not known.");
  expect(await detail("created_after=x")).toContain("%2B");
});
