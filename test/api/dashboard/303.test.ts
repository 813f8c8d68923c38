// Who is sent to the form, and what the form leads to.
import { describe, expect, test, beforeAll, afterAll } from "vitest";
import { ADMIN, isReady, readyApi, startTestApi, type TestApi } from "../../support/api.ts";
import { BOARD, cookieOf, SIGN_IN, SIGN_OUT, signIn, tryKey, visit } from "./support.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await isReady(api);
});
afterAll(() => api.close());

const toForm = { status: 303, headers: { location: SIGN_IN } };

describe("a browser without a session", () => {
  test.each([[BOARD], [`${BOARD}/queue/submit`], [`${BOARD}/static/favicon.ico`], ["/admin/jobs/job_x"]])(
    "%s -> 303 to the form",
    async (path) => {
      expect(await visit(api, path)).toMatchObject(toForm);
    },
  );

  test.each([
    ["forged", (value: string) => `${String(Number(value.split(".")[0]) + 1)}.${value.split(".")[1]}`],
    ["cut off", (value: string) => value.slice(0, -1)],
    ["unsigned", (value: string) => value.split(".")[0] ?? ""],
    ["empty", () => ""],
  ])("its cookie is %s -> 303 to the form", async (_name, change) => {
    const [name = "", value = ""] = (await signIn(api)).split("=");
    const cookie = `${name}=${encodeURIComponent(change(decodeURIComponent(value)))}`;
    expect(await visit(api, BOARD, { cookie: `${name}=${value}` })).toMatchObject({ status: 200 });
    expect(await visit(api, BOARD, { cookie })).toMatchObject(toForm);
  });

  test("its session is of the key before -> 303 to the form", async () => {
    const cookie = await signIn(api);
    const other = await readyApi({ ADMIN_KEY: "another-admin-key-0123456789" });
    expect(await visit(other, BOARD, { cookie })).toMatchObject(toForm);
  });
});

describe("/admin, which is no page of its own", () => {
  test.each(["/admin", "/admin/"])(
    "%s -> 303 to the board with a session or the key, else to the form",
    async (path) => {
      const toBoard = { status: 303, headers: { location: BOARD } };
      expect(await visit(api, path)).toMatchObject(toForm);
      expect(await visit(api, path, { cookie: await signIn(api) })).toMatchObject(toBoard);
      expect(await api.call("GET", path, { key: ADMIN })).toMatchObject(toBoard);
      expect(await api.call("GET", path, { key: null })).toBeProblem(401, "unauthorized");
    },
  );
});

describe("the form", () => {
  test("the operator's key -> 303 to the board, with a session for the dashboard alone", async () => {
    const answer = await tryKey(api, ADMIN);
    expect(answer).toMatchObject({ status: 303, headers: { location: BOARD } });
    expect(attributesOf(answer.headers)).toEqual([
      "HttpOnly",
      "Max-Age=43200",
      "Path=/admin",
      "SameSite=Strict",
    ]);
    expect(api.logs.named("operator.signed_in").at(-1)).toMatchObject({ address: "127.0.0.1" });
  });

  test("another API process -> knows the session", async () => {
    const other = await readyApi(api.environment);
    expect((await visit(other, BOARD, { cookie: await signIn(api) })).status).toBe(200);
  });

  test.each([
    ["by a name of this machine", "localhost:3000", {}, false],
    ["by its loopback address", "[::1]:3000", {}, false],
    ["from afar", "onetake.example", {}, true],
    ["from a name that only looks like this machine", "127.0.0.1.example", {}, true],
    [
      "behind a proxy with https, by another name",
      "localhost:3000",
      { PUBLIC_URL: "https://onetake.example" },
      true,
    ],
  ])("%s -> a cookie that is Secure: %s %j %s", async (_name, host, changes, isSecure) => {
    const other = await readyApi(changes);
    const { headers } = await tryKey(other, ADMIN, { host });
    expect(attributesOf(headers).includes("Secure")).toBe(isSecure);
  });

  test("signed in already -> the way out, which ends the session in this browser", async () => {
    const cookie = await signIn(api);
    expect((await visit(api, SIGN_IN, { cookie })).text).toContain(`action="${SIGN_OUT}"`);
    const out = await visit(api, SIGN_OUT, { method: "POST", cookie, form: {} });
    expect(out).toMatchObject(toForm);
    expect(cookieOf(out)).toBe("onetake_session=");
    expect(attributesOf(out.headers)).toContain("Max-Age=0");
    expect(attributesOf(out.headers)).toContain("Path=/admin");
  });
});

test("the log -> names neither keys nor cookies", async () => {
  const own = await readyApi();
  const cookie = await signIn(own);
  await visit(own, BOARD, { cookie });
  await own.logs.waitFor({ msg: "http.request", route: BOARD });
  const text = JSON.stringify(own.logs.lines);
  expect(text).toContain(SIGN_IN);
  expect(text).not.toContain(ADMIN);
  expect(text).not.toContain(cookie.split("=")[1]);
});

/** What goes with the cookie, in order of the names, without the moment of its end. */
const attributesOf = (headers: Record<string, string | string[] | undefined>): string[] =>
  String(headers["set-cookie"])
    .split("; ")
    .slice(1)
    .filter((attribute) => !attribute.startsWith("Expires="))
    .toSorted();
