// What comes with a DELETE means nothing, but a body whose type is no type was refused with a status that is not documented.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { makeJobIn } from "../support.ts";

test.each(["", "application/json, text/plain", ";;;", "json", "*/*"])(
  "a body whose Content-Type is %j -> 204",
  async (type) => {
    const api = await readyApi();
    const id = await makeJobIn(api, "failed");
    const headers = { "content-type": type };
    expect((await api.call("DELETE", `/v1/jobs/${id}`, { raw: "{}", headers })).status).toBe(204);
  },
);
