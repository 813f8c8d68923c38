// What is no request of ours, or no request at all: always a problem that says so, never an error of ours.
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACME, isReady, startTestApi, type TestApi } from "../../support/api.ts";
import { holdings, nothing } from "../support.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await isReady(api);
});
afterAll(() => api.close());

const AUTH = `Authorization: Bearer ${ACME}\r\n`;

/** Sends bytes as they are and reads until the server closes. */
async function sendRaw(text: string) {
  const socket = connect(Number(new URL(api.url).port), "127.0.0.1");
  let answer = "";
  socket.setEncoding("utf8").on("data", (data: string) => (answer += data));
  socket.write(text);
  await once(socket, "close");
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head, body };
}

describe("a route that is not there", () => {
  test.each([
    "/",
    "/v1",
    "/v1/job",
    "/V1/JOBS",
    "/v1/jobs/x/y",
    "/v1/jobs//",
    "//v1/jobs",
    "/.env",
    "/livez/",
    "/docs/static/%00",
    "/docs/static/a%00.js",
    "/docs/static/..%2f..%2fpackage.json",
  ])("GET %s -> 404, with and without a key", async (path) => {
    expect(await api.call("GET", path, { key: null })).toBeProblem(404, "not_found");
    expect(await api.call("GET", path)).toBeProblem(404, "not_found");
  });

  test("a query -> not repeated, neither in the answer nor in the log", async () => {
    const answer = await api.call("GET", "/nowhere?token=secret");
    expect(answer).toBeProblem(404, "not_found");
    await api.logs.waitFor({ msg: "http.request", route: "unknown" });
    expect(answer.text + JSON.stringify(api.logs.lines)).not.toContain("secret");
  });
});

describe("a method that the route does not know", () => {
  test.each([
    ["PUT", "/v1/jobs", "POST"],
    ["DELETE", "/v1/jobs", "POST"],
    ["PATCH", "/v1/jobs/job_01ARZ3NDEKTSV4RRFFQ69G5FAV", "GET"],
    ["POST", "/v1/jobs/job_01ARZ3NDEKTSV4RRFFQ69G5FAV", "GET"],
    ["GET", "/v1/jobs/job_01ARZ3NDEKTSV4RRFFQ69G5FAV/cancel", "POST"],
    ["GET", "/v1/jobs/job_01ARZ3NDEKTSV4RRFFQ69G5FAV/resolve", "POST"],
    ["POST", "/livez", "GET"],
    ["DELETE", "/readyz", "GET"],
    ["OPTIONS", "/v1/jobs", "POST"],
  ] as const)("%s %s -> 405 with Allow", async (method, path, allowed) => {
    const answer = await api.call(method, path);
    expect(answer).toBeProblem(405, "method_not_allowed");
    expect(String(answer.headers["allow"]).split(", ")).toContain(allowed);
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
  });

  test("HEAD where GET is -> the same status, no body", async () => {
    for (const [path, status] of [
      ["/livez", 200],
      ["/v1/jobs/x", 404],
    ] as const) {
      const answer = await api.call("HEAD", path);
      expect({ status: answer.status, text: answer.text }).toEqual({ status, text: "" });
    }
  });
});

describe("a URL that is none", () => {
  test.each(["/v1/jobs/%zz", "/v1/jobs/%", "/v1/jobs/%c0%af", "/v1/jobs/%ED%A0%BC/cancel"])(
    "%s -> 400",
    async (path) => {
      expect(await api.call("GET", path)).toBeProblem(400, "malformed");
    },
  );

  test("an id of 12,000 characters -> 404, as any unknown one", async () => {
    const id = "a".repeat(12_000);
    expect(await api.call("GET", `/v1/jobs/${id}`)).toBeProblem(404, "not_found");
    expect(await api.call("POST", `/v1/jobs/${id}/cancel`)).toBeProblem(404, "not_found");
    expect(await api.call("GET", `/v1/jobs/${id}`, { key: null })).toBeProblem(401, "unauthorized");
  });

  test("20,000 characters -> 431", async () => {
    const { status, head, body } = await sendRaw(
      `GET /v1/jobs/${"a".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    expect(status).toBe(431);
    expect(head.toLowerCase()).toContain("content-type: application/problem+json");
    expect(JSON.parse(body)).toMatchObject({
      type: "urn:onetake:problem:headers_too_large",
      title: expect.stringMatching(/\S/),
      status: 431,
      code: "headers_too_large",
      detail: expect.stringMatching(/\S/),
    });
  });
});

describe("what is no HTTP", () => {
  test.each([
    ["words", "hello\r\n\r\n"],
    ["a TLS greeting", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n"],
    ["Redis' protocol", "*1\r\n$4\r\nPING\r\n"],
    ["a header without a name", `GET /livez HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n`],
    [
      "a Content-Length that is no number",
      `POST /v1/jobs HTTP/1.1\r\nHost: x\r\n${AUTH}Content-Length: abc\r\n\r\n{}`,
    ],
    [
      "two lengths",
      `POST /v1/jobs HTTP/1.1\r\nHost: x\r\n${AUTH}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    ],
    [
      "a length and chunks",
      `POST /v1/jobs HTTP/1.1\r\nHost: x\r\n${AUTH}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
  ])("%s -> 400 and the connection closed", async (_name, text) => {
    const { status, head, body } = await sendRaw(text);
    expect(status).toBe(400);
    expect(head.toLowerCase()).toContain("content-type: application/problem+json");
    expect(JSON.parse(body)).toMatchObject({ status: 400, code: "malformed", title: expect.any(String) });
  });

  test("a thousand headers -> no error of ours", async () => {
    const headers = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`x-${n}`, "y"]));
    expect((await api.call("GET", "/livez", { headers })).status).toBeLessThan(500);
  });
});

test("all of this -> nothing created, and not one line of an unforeseen error", async () => {
  await api.call("GET", "/livez");
  const afterStart = api.logs.lines.filter(({ route }) => route !== "/readyz");
  expect(afterStart.length).toBeGreaterThan(30);
  expect(afterStart.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
  expect(await holdings(api)).toEqual(nothing);
});
