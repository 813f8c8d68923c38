// A URL that cannot be decoded is refused before any hook: its answer's request_id was in no log, and no metric counted it.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { readSamples } from "../../support/metrics.ts";

test("GET /v1/jobs/%zz -> 400, a line with the answer's request_id, and a sample", async () => {
  const api = await readyApi();
  const answer = await api.call("GET", "/v1/jobs/%zz", { key: null });
  expect(answer).toBeProblem(400, "malformed");
  const line = await api.logs.waitFor({ msg: "http.request", http_status: 400 });
  expect(line).toMatchObject({
    level: "info",
    method: "GET",
    route: "unknown",
    request_id: answer.json["request_id"],
  });
  const samples = readSamples((await api.call("GET", "/metrics", { key: null })).text);
  const labels = 'method="GET",route="unknown",status_code="400"';
  expect(samples[`onetake_http_request_duration_seconds_count{${labels}}`]).toBe(1);
});
