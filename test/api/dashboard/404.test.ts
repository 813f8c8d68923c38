import { describe, expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { BOARD, SIGN_IN, SIGN_OUT, signIn, visit } from "./support.ts";

describe("without ADMIN_KEY", () => {
  test("every page -> 404", async () => {
    const api = await readyApi({ ADMIN_KEY: "" });
    for (const path of [BOARD, `${BOARD}/api/queues`, SIGN_IN, "/admin/jobs/job_x"]) {
      expect(await api.call("GET", path, { key: "" })).toBeProblem(404, "not_found");
    }
    for (const path of [SIGN_IN, SIGN_OUT]) {
      expect(await api.call("POST", path, { key: null, body: { key: "" } })).toBeProblem(404, "not_found");
    }
  });
});

describe("a record that is not there", () => {
  test.each([
    ["/admin/jobs/job_01ARZ3NDEKTSV4RRFFQ69G5FAV"],
    ["/admin/jobs/..%2fkey"],
    ["/admin/deliveries/dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV_job"],
    ["/admin/deliveries/x"],
    [`${BOARD}/api/queues/submit/job_x-1`],
    [`${BOARD}/api/queues/purchases/job_x-1`],
    [`${BOARD}/static/../index.ejs`],
  ])("%s -> 404", async (path) => {
    const api = await readyApi();
    expect((await visit(api, path, { cookie: await signIn(api) })).status).toBe(404);
  });
});
