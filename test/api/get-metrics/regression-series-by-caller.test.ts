// Whoever tried each method on each route, without any key, made a series of a dozen samples with each trial.
import { METHODS } from "node:http";
import { request } from "undici";
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { readSamples } from "../../support/metrics.ts";

const routes = [
  "/livez",
  "/docs",
  "/v1/jobs",
  "/v1/jobs/x",
  "/v1/jobs/x/cancel",
  "/admin/queues",
  "/nowhere",
];
/** CONNECT takes a connection for something else. */
const methods = METHODS.filter((method) => method !== "CONNECT");

test("every method on every route -> what leads nowhere makes a handful of series", async () => {
  const api = await readyApi();
  for (const path of routes)
    for (const method of methods) await (await request(`${api.url}${path}`, { method })).body.dump();
  const samples = readSamples((await api.call("GET", "/metrics", { key: null })).text);
  const series = Object.keys(samples).flatMap((name) => {
    const labels = /^onetake_http_request_duration_seconds_count\{(.*status_code="40[45]")\}$/.exec(
      name,
    )?.[1];
    return labels === undefined ? [] : [labels];
  });
  const own = ["DELETE", "GET", "HEAD", "PATCH", "POST"];
  const expected = [...own, "other"].flatMap((method) =>
    [404, 405].map((status) => `method="${method}",route="unknown",status_code="${status}"`),
  );
  expect(series.sort()).toEqual(expected.sort());
});
