// SIGTERM while callers wait and read streams: they are let go at once, and the process ends.
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startApi as startProcess } from "../../e2e/support/program.ts";
import { ACME, apiEnvironment, caller, isReady } from "../../support/api.ts";
import { openEvents } from "../../support/event-stream.ts";
import { eventually } from "../../support/eventually.ts";
import { openTestLedger } from "../../support/ledger.ts";
import { smallBody } from "../support.ts";

test("SIGTERM with streams, waits, a dead reader and a silent caller -> all are let go, then exit 0", async () => {
  const environment = apiEnvironment();
  const api = await startProcess(environment);
  const ledger = openTestLedger({ prefix: environment["KEY_PREFIX"] ?? "" });
  const call = caller(api.url);
  await isReady({ call });
  const id = String((await call("POST", "/v1/jobs", { body: smallBody })).json["id"]);
  const streams = await Promise.all(Array.from({ length: 20 }, () => openEvents(api.url, id)));
  await Promise.all(streams.map((stream) => stream.until(({ messages }) => messages.length === 1)));
  const port = Number(new URL(api.url).port);
  const [silent, dead] = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1").pause()];
  onTestFinished(() => [silent, dead].forEach((socket) => socket.destroy()));
  const headers = ["Host: x", `Authorization: Bearer ${ACME}`, "Accept: text/event-stream"];
  dead.write(`GET /v1/jobs/${id} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`);
  const waits = [
    call("GET", `/v1/jobs/${id}?wait=60`),
    call("POST", "/v1/jobs", { body: smallBody, headers: { prefer: "wait=60" } }),
  ];
  await eventually(async () => expect(await ledger.redis.zcard(ledger.keys.jobs("acme"))).toBe(2));
  await call("GET", "/livez");
  await api.kill("SIGTERM");
  expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(streams.map(() => true));
  expect((await Promise.all(waits)).map(({ status }) => status)).toEqual([200, 202]);
  expect(await api.ended).toEqual({ code: 0, signal: null });
  const lines = api.log.filter(({ msg, route }) => msg === "http.request" && route === "/v1/jobs/:id");
  expect(lines).toHaveLength(streams.length + 2);
});
