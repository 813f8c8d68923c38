// POST /v1/webhook-endpoints by a tenant that has as many as it may have.
import { expect, test } from "vitest";
import { MOST_ENDPOINTS } from "../../../src/shared/endpoint.ts";
import { GLOBEX, readyApi } from "../../support/api.ts";
import { ENDPOINTS, HOOK, listedIds, makeEndpoint } from "../endpoint-support.ts";
import { countDeeds } from "../support.ts";

const body = { url: HOOK };

test("30 at once -> 20 endpoints, and 409 for the others, which leave nothing behind; another tenant is not held up", async () => {
  const api = await readyApi();
  const answers = await Promise.all(Array.from({ length: 30 }, () => api.call("POST", ENDPOINTS, { body })));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(MOST_ENDPOINTS);
  for (const answer of answers.filter(({ status }) => status !== 201)) {
    expect(answer).toBeProblem(409, "too_many_endpoints");
  }
  expect(await listedIds(api)).toHaveLength(MOST_ENDPOINTS);
  expect(await countDeeds(api, "endpoint.create")).toBe(MOST_ENDPOINTS);
  await makeEndpoint(api, {}, { key: GLOBEX });
});

test("one is deleted -> there is room for one", async () => {
  const api = await readyApi();
  const ids: string[] = [];
  for (let n = 0; n < MOST_ENDPOINTS; n++) ids.push((await makeEndpoint(api)).id);
  expect(await api.call("POST", ENDPOINTS, { body })).toBeProblem(409, "too_many_endpoints");
  await api.call("DELETE", `${ENDPOINTS}/${ids[7]}`);
  await makeEndpoint(api);
  expect(await api.call("POST", ENDPOINTS, { body })).toBeProblem(409, "too_many_endpoints");
});
