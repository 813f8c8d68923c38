// A request that was under way when the process began to stop left its connection open behind it, and the process waited
// for the caller to hang up: 72 seconds.
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { startApi as startProcess } from "../../e2e/support/program.ts";
import { ACME, apiEnvironment, caller, isReady } from "../../support/api.ts";
import { smallBody } from "../support.ts";

test("SIGTERM while a request is still being sent -> the request is answered, then exit 0", async () => {
  const api = await startProcess(apiEnvironment());
  await isReady({ call: caller(api.url) });
  const body = JSON.stringify(smallBody);
  const socket = connect(Number(new URL(api.url).port), "127.0.0.1");
  const answer = text(socket);
  const headers = ["Host: x", `Authorization: Bearer ${ACME}`, "Content-Type: application/json"];
  const length = [`Content-Length: ${body.length}`, "Expect: 100-continue"];
  socket.write(`POST /v1/jobs HTTP/1.1\r\n${[...headers, ...length].join("\r\n")}\r\n\r\n`);
  // "100 Continue": the server has the headers and waits for the body.
  await once(socket, "readable");
  await api.kill("SIGTERM");
  await api.logged("process.stopping");
  socket.write(body);
  expect(await answer).toMatch(/HTTP\/1\.1 202 Accepted[^]*"status":"queued"/);
  expect(await api.ended).toEqual({ code: 0, signal: null });
});
