// GET /v1/deliveries with parameters that make no sense.
import { expect, test } from "vitest";
import { shareApi } from "../every-route/shared-api.ts";
import { faultsOf } from "../support.ts";

const cursor = (text: string) => Buffer.from(text).toString("base64url");

const api = shareApi();

test.each([
  ["an unknown one", "job=job_1", "job"],
  ["one of the list of jobs", "tag=spring", "tag"],
  ["a day", "created_after=2026-01-01", "created_after"],
  ["a time without its offset", "created_before=2026-01-01T00:00:00", "created_before"],
  ["a group of events", "event_type=job.*", "event_type"],
  ["two error_codes", "error_code=timeout&error_code=gone", "error_code"],
  ["a job's status", "status=succeeded", "status"],
  ["two job_ids", "job_id=a&job_id=b", "job_id"],
  ["two endpoint_ids", "endpoint_id=a&endpoint_id=b", "endpoint_id"],
  ["a limit too high", "limit=101", "limit"],
  ["a cursor that is none", "after=x", "after"],
  ["a cursor of jobs", `after=${cursor("17 job_01ARZ3NDEKTSV4RRFFQ69G5FAV")}`, "after"],
  ["a cursor with a key's name", `after=${cursor("17 dlv_1:attempts")}`, "after"],
])("%s -> 422 that names it", async (_name, query, parameter) => {
  const answer = await api().call("GET", `/v1/deliveries?${query}`);
  expect(faultsOf(answer)).toEqual([{ parameter, detail: expect.stringMatching(/\S/) }]);
});
