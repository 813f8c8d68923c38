// POST /v1/webhook-endpoints/{id}/rotate-secret with what no rotation may be.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { act, makeEndpoint, readEndpoint } from "../endpoint-support.ts";
import { pointersOf } from "../support.ts";

test.each<[string, unknown, string[]]>([
  ["a grace of less than nothing", { grace_s: -1 }, ["/grace_s"]],
  ["a grace of more than 7 days", { grace_s: 604_801 }, ["/grace_s"]],
  ["half a second", { grace_s: 0.5 }, ["/grace_s"]],
  ["a text", { grace_s: "60" }, ["/grace_s"]],
  ["a short secret", { secret: `whsec_${Buffer.alloc(23).toString("base64")}` }, ["/secret"]],
  ["both and more", { secret: "", grace_s: null, at: 1 }, ["/at", "/grace_s", "/secret"]],
  ["a list", [], [""]],
])("%s -> 422 that points at it, nothing rotated", async (_name, body, pointers) => {
  const api = await readyApi();
  const { id } = await makeEndpoint(api);
  const before = await readEndpoint(api, id);
  expect(pointersOf(await act(api, id, "rotate-secret", { body }))).toEqual(pointers);
  expect(await readEndpoint(api, id)).toEqual(before);
});

test("the secret that is the current one -> 422: nobody may think that it was replaced", async () => {
  const api = await readyApi();
  const { id, secret } = await makeEndpoint(api);
  const before = await readEndpoint(api, id);
  expect(pointersOf(await act(api, id, "rotate-secret", { body: { secret, grace_s: 0 } }))).toEqual([
    "/secret",
  ]);
  expect(await readEndpoint(api, id)).toEqual(before);
});
