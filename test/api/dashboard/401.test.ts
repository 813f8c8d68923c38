import { expect, test, beforeAll, afterAll } from "vitest";
import { ADMIN, isReady, startTestApi, type TestApi } from "../../support/api.ts";
import { BOARD, queuesOf, SIGN_IN, signIn, tryKey, visit, WRONG } from "./support.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await isReady(api);
});
afterAll(() => api.close());

test("a program without a key -> 401 that says how to come in", async () => {
  const answer = await queuesOf(api, { key: null });
  expect(answer).toBeProblem(401, "unauthorized");
  expect(answer.headers["www-authenticate"]).toBe('Bearer realm="onetake"');
  expect(answer.json["detail"]).toContain(SIGN_IN);
});

test("a program with a wrong key -> 401", async () => {
  expect(await queuesOf(api, { key: WRONG })).toBeProblem(401, "unauthorized");
  expect(api.logs.named("operator.refused").at(-1)).toMatchObject({ level: "warn", address: "127.0.0.1" });
});

test.each([[`${BOARD}?key=${ADMIN}`], [`${BOARD}/api/queues?api_key=${ADMIN}&token=${ADMIN}`]])(
  "the key is in the URL -> 401",
  async (path) => {
    expect(await api.call("GET", path, { key: null })).toBeProblem(401, "unauthorized");
  },
);

test("the form is sent with a wrong key -> 401, the form again, and no session", async () => {
  const answer = await tryKey(api, WRONG);
  expect(answer).toMatchObject({ status: 401, headers: { "www-authenticate": 'Bearer realm="onetake"' } });
  expect(answer.text).toContain("This is not the operator&#39;s key.");
  expect(answer.text).toContain('<input id="key"');
  expect(answer.text).not.toContain(WRONG);
  expect(answer.headers["set-cookie"]).toBeUndefined();
});

test("a session outside of the dashboard -> 401: it can only read pages", async () => {
  const cookie = await signIn(api);
  for (const path of ["/v1/admin/jobs", "/v1/admin/audit", "/v1/jobs"]) {
    expect(await api.call("GET", path, { key: null, headers: { cookie } })).toBeProblem(401, "unauthorized");
  }
  const pause = await api.call("POST", "/v1/admin/submissions/pause", { key: null, headers: { cookie } });
  expect(pause).toBeProblem(401, "unauthorized");
});

test("a browser whose session has ended asks for data -> 401", async () => {
  const answer = await visit(api, `${BOARD}/api/queues`, { headers: { accept: "application/json" } });
  expect(answer.status).toBe(401);
});
