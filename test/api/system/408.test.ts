// A request that does not arrive in full. Node takes the longer of its two timeouts for that and looks every 30 s, unless it
// is told otherwise: half a request used to be kept for 88 s instead of 15.
import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ACME, readyApi } from "../../support/api.ts";

test("half a body -> 408 that says so, and the connection ends", { timeout: 30_000 }, async () => {
  const api = await readyApi();
  const caller = connect(Number(new URL(api.url).port), "127.0.0.1");
  onTestFinished(() => void caller.destroy());
  let answer = "";
  caller.setEncoding("utf8").on("data", (text: string) => (answer += text));
  const head = `POST /v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ACME}\r\nContent-Type: application/json\r\n`;
  caller.write(`${head}Content-Length: 56\r\n\r\n{"inp`);
  await once(caller, "close");
  const [status, body = ""] = answer.split("\r\n\r\n");
  expect(status).toMatch(/^HTTP\/1\.1 408 /);
  expect(JSON.parse(body)).toMatchObject({
    status: 408,
    code: "request_timeout",
    detail: "The request has not arrived in full in time.",
  });
});
