// PATCH /v1/webhook-endpoints/{id} to what no endpoint may be.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { ENDPOINTS, makeEndpoint, readEndpoint } from "../endpoint-support.ts";
import { countDeeds, pointersOf } from "../support.ts";

test.each<[string, unknown, string[]]>([
  ["another address of ours", { url: "https://127.0.0.1/" }, ["/url"]],
  ["no address", { url: null }, ["/url"]],
  ["an unknown event", { events: ["x"] }, ["/events/0"]],
  ["a reserved header", { headers: { Cookie: "a" } }, ["/headers/Cookie"]],
  ["a secret, which is rotated", { secret: `whsec_${"A".repeat(32)}` }, ["/secret"]],
  ["a status, which is switched", { status: "disabled" }, ["/status"]],
  ["several faults", { url: "x", description: "", name: 1 }, ["/description", "/name", "/url"]],
  ["no object", ["x"], [""]],
])("%s -> 422 that points at each, nothing changed", async (_name, body, pointers) => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api);
  const before = await readEndpoint(api, id);
  expect(pointersOf(await api.call("PATCH", `${ENDPOINTS}/${id}`, { body }))).toEqual(pointers);
  expect(await readEndpoint(api, id)).toEqual(before);
  expect(await countDeeds(api, "endpoint.update")).toBe(0);
});

test("no body -> 422", async () => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api);
  expect(pointersOf(await api.call("PATCH", `${ENDPOINTS}/${id}`))).toEqual([""]);
});
