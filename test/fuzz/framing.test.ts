// Requests that two servers might read differently, and others that no client sends: nothing is smuggled in, and each gets an
// answer that says what is wrong.
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { holdings, nothing } from "../api/support.ts";
import { ACME, ADMIN, isReady, startTestApi } from "../support/api.ts";
import type { TestApi } from "../support/api.ts";
import { checkAnswer, operations } from "../support/documented.ts";
import { converse, parseAnswers } from "./exchange.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await isReady(api);
});
afterAll(() => api.close());

const AUTH = `Host: x\r\nAuthorization: Bearer ${ACME}\r\n`;
const JSON_TYPE = "Content-Type: application/json\r\n";
const BODY = '{"input":{"prompt":"smuggled"}}';
const INNER = `POST /v1/jobs HTTP/1.1\r\n${AUTH}${JSON_TYPE}Content-Length: ${BODY.length}\r\n\r\n${BODY}`;

/** Sends bytes, and then says that there will be no more. */
async function send(text: string) {
  const heard = await converse(Number(new URL(api.url).port), Buffer.from(text, "latin1"));
  return parseAnswers(heard);
}

/** A POST whose end is in doubt, behind which another one stands. */
const doubtful = (lines: string, body = "") =>
  `POST /v1/webhook-secret/rotate HTTP/1.1\r\n${AUTH}${JSON_TYPE}${lines}\r\n${body}${INNER}`;

describe("where a request ends", () => {
  test.each<[string, string]>([
    ["a length and chunks", doubtful("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")],
    ["chunks and a length", doubtful("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n")],
    ["two lengths", doubtful(`Content-Length: 0\r\nContent-Length: ${INNER.length}\r\n`)],
    ["two lengths in one line", doubtful(`Content-Length: 0, ${INNER.length}\r\n`)],
    ["a length with a sign", doubtful("Content-Length: +0\r\n")],
    ["a length below nothing", doubtful("Content-Length: -1\r\n")],
    ["a hexadecimal length", doubtful("Content-Length: 0x0\r\n")],
    ["a length beyond all numbers", doubtful(`Content-Length: ${"9".repeat(40)}\r\n`)],
    ["a blank before the colon", doubtful("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")],
    ["a coding that is none", doubtful("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")],
    ["chunks that are not last", doubtful("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")],
    ["a folded header", doubtful("Transfer-Encoding:\r\n chunked\r\nContent-Length: 0\r\n", "0\r\n\r\n")],
    ["a NUL in a header", doubtful("Content-Length: 0\r\nX: a\u0000b\r\n")],
    ["a bare CR in a header", doubtful("Content-Length: 0\r\nX: a\rTransfer-Encoding: chunked\r\n")],
    ["bare LFs", doubtful("X: y\r\n").replaceAll("\r\n", "\n")],
    ["a chunk size with junk", doubtful("Transfer-Encoding: chunked\r\n", "0x0\r\n\r\n")],
    ["a chunk size beyond all numbers", doubtful("Transfer-Encoding: chunked\r\n", `${"f".repeat(20)}\r\n`)],
    ["a chunk that ends with LF", doubtful("Transfer-Encoding: chunked\r\n", "2\n{}\n0\n\n")],
  ])("%s -> one 400, and the rest is not read", async (_name, text) => {
    const all = await send(text);
    expect(all).toMatchObject([{ status: 400, headers: { "content-type": "application/problem+json" } }]);
    checkAnswer("POST", "/nowhere", { ...all[0], status: 400, headers: {}, text: all[0]?.text ?? "" });
    expect(await holdings(api)).toEqual(nothing);
  });

  test("more than the length says -> the rest is 400, and not run", async () => {
    const all = await send(doubtful("Content-Length: 2\r\n", "{}x"));
    expect(all.at(-1)?.status).toBe(400);
    expect(await holdings(api)).toEqual(nothing);
  });
});

describe("forms of requests", () => {
  test("twenty in a row on one connection -> twenty answers, in order", async () => {
    const paths = Array.from({ length: 19 }, (_, n) => `/v1/jobs/job_${n}`);
    const requests = paths.map((path) => `GET ${path} HTTP/1.1\r\n${AUTH}\r\n`);
    const all = await send(`${requests.join("")}GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(all.map(({ status }) => status)).toEqual([...paths.map(() => 404), 200]);
  });

  test.each(["GET /livez HTTP/1.0\r\n\r\n", "GET /livez\r\n\r\n"])(
    "%j, as of old -> an answer, and the end",
    async (text) => {
      expect(await send(text)).toMatchObject([{ status: 200, headers: { connection: "close" } }]);
    },
  );

  test.each([
    ["HTTP/2 spoken ahead", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["HTTP/1.9", "GET /livez HTTP/1.9\r\nHost: x\r\n\r\n"],
    ["a tab for a blank", "GET\t/livez\tHTTP/1.1\r\nHost: x\r\n\r\n"],
    ["a blank in the path", "GET /livez x HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["a method in lower case", "get /livez HTTP/1.1\r\nHost: x\r\n\r\n"],
  ])("%s -> 400", async (_name, text) => {
    expect(await send(text)).toMatchObject([{ status: 400 }]);
  });

  test.each([
    ["http://evil.example/livez", 200],
    ["http://127.0.0.1:1/v1/nowhere", 404],
    ["//evil.example/livez", 404],
  ])("the target %s -> %i: its path counts, and nothing is fetched", async (target, status) => {
    const [answer] = await send(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer?.status).toBe(status);
  });

  test.each(["", "evil.example", "a:b:c", "x\r\nHost: y", "[::1", "127.0.0.1:99999", "x".repeat(5000)])(
    "the host %j -> the answer names none of it",
    async (host) => {
      const [answer] = await send(
        `POST /v1/jobs HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${ACME}\r\n${JSON_TYPE}Content-Length: 2\r\nConnection: close\r\n\r\n{}`,
      );
      expect([400, 422]).toContain(answer?.status);
      expect(answer?.text).not.toContain("evil");
    },
  );

  test.each(["127.0.0.1", "localhost", "evil.example"])(
    "metrics for the host %s by a proxy -> 401",
    async (host) => {
      const headers = `Host: ${host}\r\nX-Forwarded-For: 127.0.0.1\r\nConnection: close\r\n`;
      expect(await send(`GET /metrics HTTP/1.1\r\n${headers}\r\n`)).toMatchObject([{ status: 401 }]);
    },
  );
});

describe("other methods", () => {
  const paths = [...new Set(operations.map(({ path }) => path.replace("{id}", "job_x")))];
  const methods = ["OPTIONS", "TRACE", "PUT", "PATCH", "PROPFIND", "QUERY", "PURGE", "LOCK"];

  test.each(paths)("%s -> 404 or 405 for each that is unknown, with and without a key", async (path) => {
    const known = operations.filter((each) => each.path.replace("{id}", "job_x") === path);
    const others = methods.filter((method) => !known.some((each) => each.method === method));
    for (const method of others) {
      for (const auth of ["Host: x\r\n", AUTH, `Host: x\r\nAuthorization: Bearer ${ADMIN}\r\n`]) {
        const [answer] = await send(`${method} ${path} HTTP/1.1\r\n${auth}Connection: close\r\n\r\n`);
        expect([404, 405]).toContain(answer?.status);
        expect(answer?.headers["content-type"]).toBe("application/problem+json");
        expect(answer?.text).not.toContain(ACME);
      }
    }
  });

  test.each(paths)("HEAD %s -> no body, and nothing is done", async (path) => {
    const heard = await converse(
      Number(new URL(api.url).port),
      `HEAD ${path} HTTP/1.1\r\n${AUTH}Accept: text/event-stream\r\nConnection: close\r\n\r\n`,
    );
    expect(heard.toString("latin1").split("\r\n\r\n")[1]).toBe("");
    expect(await holdings(api)).toEqual(nothing);
  });

  test("CONNECT -> no tunnel", async () => {
    const all = await send("CONNECT 127.0.0.1:6379 HTTP/1.1\r\nHost: x\r\n\r\nPING\r\n");
    expect(all.filter(({ status }) => status < 400)).toEqual([]);
  });
});
