// A repeat that finds no endpoint any more was answered with 404 and, all the same, Idempotent-Replayed.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { act, ENDPOINTS, makeEndpoint, underKey } from "../endpoint-support.ts";

test.each(["enable", "disable", "rotate-secret"])(
  "%s is repeated after the endpoint was deleted -> 404 that replays nothing",
  async (verb) => {
    const api = await readyApi();
    const { id } = await makeEndpoint(api);
    expect((await act(api, id, verb, underKey)).status).toBe(200);
    await api.call("DELETE", `${ENDPOINTS}/${id}`);
    const again = await act(api, id, verb, underKey);
    expect(again).toBeProblem(404, "not_found");
    expect(again.headers).not.toHaveProperty("idempotent-replayed");
  },
);
