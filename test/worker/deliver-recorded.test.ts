// Whatever a receiver or the network does is an attempt on record, with its stable code: never an error of ours.
import { describe, expect, onTestFinished, test } from "vitest";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { tenantSecret } from "../../src/shared/webhook/sign.ts";
import { deliverEvent } from "../../src/worker/deliver.ts";
import { createSender, type SenderOptions } from "../../src/worker/send.ts";
import { disableEndpoint, signedWith } from "../support/addressee.ts";
import { putDelivery, readDelivery } from "../support/delivery.ts";
import { openTestLedger } from "../support/ledger.ts";
import {
  closedPort,
  startBlackhole,
  startRawReceiver,
  startReceiver,
  tlsCert,
  type Scheme,
} from "./receiver.ts";

const findAddressee = signedWith(tenantSecret(Buffer.alloc(32, 7), "acme", 0));
const schemes: Scheme[] = ["http", "https"];
const scheduleS = [5, 300];

/** One attempt to deliver to `url`: what is on record afterwards. */
async function deliverTo(url: string, options: Partial<SenderOptions> = {}) {
  const ledger = openTestLedger();
  const sender = createSender({
    policy: createAddressPolicy({ allowCidrs: ["127.0.0.1/32"] }),
    timeoutMs: 2_000,
    ca: tlsCert,
    lookup: async () => ["127.0.0.1"],
    ...options,
  });
  onTestFinished(() => sender.close());
  const { id } = await putDelivery({ ledger }, {}, { url });
  const startedAt = await ledger.jobs.readClock();
  const deps = { ...ledger, sender, findAddressee, disableEndpoint, scheduleS, random: () => 0 };
  const outcome = await deliverEvent(deps, { id, n: 1 });
  const delivery = await readDelivery({ ledger }, id);
  const attempts = await ledger.deliveries.readAttempts(id);
  return { outcome, delivery, attempts, waitMs: delivery.nextAt - startedAt, logs: ledger.logs };
}

const recorded = (error_code: string | null, status: number | null = null) => [
  expect.objectContaining({ n: 1, status, error_code, duration_ms: expect.any(Number) }),
];

async function answering(scheme: Scheme, status: number, headers: Record<string, string> = {}) {
  const { port } = await startReceiver(scheme, (_request, response) =>
    response.writeHead(status, headers).end(),
  );
  return `${scheme}://hooks.example.com:${port}/h`;
}

async function speaking(scheme: Scheme, answer: string) {
  const { port } = await startRawReceiver(scheme, (socket) => socket.once("data", () => socket.end(answer)));
  return `${scheme}://hooks.example.com:${port}/h`;
}

const soon = (seconds: number) => new Date(Date.now() + seconds * 1000);
const rfc850 = (date: Date) => {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) (\S+) GMT$/.exec(date.toUTCString()) ?? [];
  const weekday = date.toLocaleDateString("en-US", { weekday: "long", timeZone: "UTC" });
  return `${weekday}, ${day}-${month}-${year?.slice(2)} ${time} GMT`;
};
const asctime = (date: Date) => {
  const [, weekday, day, month, year, time] =
    /^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/.exec(date.toUTCString()) ?? [];
  return `${weekday} ${month} ${day?.replace(/^0/, " ")} ${time} ${year}`;
};
describe.each(schemes)("over %s", (scheme) => {
  test.each([
    ...[400, 401, 403, 404, 408, 409, 418, 422, 429, 500, 502, 503, 504].map(
      (status) => [status, "http_error"] as const,
    ),
    ...[301, 302, 303, 307, 308].map((status) => [status, "redirect"] as const),
  ])("%d -> %s on record, and tried again", async (status, code) => {
    const headers = { location: "http://127.0.0.1/" };
    const { attempts, delivery, outcome, logs } = await deliverTo(await answering(scheme, status, headers));
    expect(attempts).toEqual(recorded(code, status));
    expect(delivery).toMatchObject({ status: "retrying", failures: 1, lastStatus: status, lastError: code });
    expect(outcome.as).toBe("retry");
    expect(logs.named("delivery.attempted")).toMatchObject([
      { level: "warn", http_status: status, error_code: code },
    ]);
  });

  test.each<[string, string, () => Promise<string>, Partial<SenderOptions>?]>([
    [
      "nobody listens",
      "connection_refused",
      async () => `${scheme}://hooks.example.com:${await closedPort()}/h`,
    ],
    ["it closes without an answer", "connection_reset", () => speaking(scheme, "")],
    ["it speaks another protocol", "protocol_error", () => speaking(scheme, "SSH-2.0-OpenSSH_9.9\r\n")],
    [
      "it is silent",
      "timeout",
      async () => `${scheme}://h.example.com:${await startBlackhole()}/h`,
      { timeoutMs: 200 },
    ],
    [
      "its name does not exist",
      "dns_error",
      async () => `${scheme}://gone.example.com/h`,
      { lookup: () => Promise.reject(new Error("getaddrinfo ENOTFOUND")) },
    ],
    [
      "it stands where webhooks may not go",
      "target_forbidden",
      async () => `${scheme}://inner.example.com/h`,
      { lookup: async () => ["10.0.0.1"] },
    ],
  ])("%s -> %s on record, and tried again", async (_what, code, aim, options) => {
    const { attempts, delivery } = await deliverTo(await aim(), options);
    expect(attempts).toEqual(recorded(code));
    expect(attempts[0]?.snippet).toBeNull();
    expect(delivery).toMatchObject({ status: "retrying", failures: 1, lastStatus: null, lastError: code });
  });

  const weekMs = 7 * 24 * 3_600_000;

  // A date counts whole seconds, so it may lie up to one short of what was asked, and it is written before the delivery is made.
  test.each<[string, () => string, number, number]>([
    ["seconds", () => "120", 120_000, 121_500],
    ["a date", () => soon(122).toUTCString(), 119_000, 123_500],
    ["a date as in RFC 850", () => rfc850(soon(122)), 119_000, 123_500],
    ["a date as of asctime", () => asctime(soon(122)), 119_000, 123_500],
    ["less than the schedule", () => "1", 5_000, 6_500],
    ["a date that has passed", () => soon(-3600).toUTCString(), 5_000, 6_500],
    ["garbage", () => "in a while", 5_000, 6_500],
    ["nothing", () => "", 5_000, 6_500],
    ["a year", () => "31536000", weekMs, weekMs + 1_500],
    ["a number beyond all numbers", () => "9".repeat(400), weekMs, weekMs + 1_500],
  ])(
    "503 that asks for %s -> never tried earlier than that, or than the schedule says",
    async (_what, header, min, max) => {
      const url = await answering(scheme, 503, { "retry-after": header() });
      const { waitMs, delivery } = await deliverTo(url);
      expect(delivery.status).toBe("retrying");
      expect(waitMs).toBeGreaterThanOrEqual(min);
      expect(waitMs).toBeLessThan(max);
    },
  );

  test("410 -> gone on record, and never tried again", async () => {
    const { attempts, delivery, outcome } = await deliverTo(await answering(scheme, 410));
    expect(attempts).toEqual(recorded("gone", 410));
    expect(delivery).toMatchObject({ status: "aborted", lastError: "gone" });
    expect(outcome).toEqual({ as: "done" });
  });
});

test("over https, a certificate for another name -> tls_error on record, and tried again", async () => {
  const url = (await answering("https", 200)).replace("hooks.", "other.");
  const { attempts, delivery } = await deliverTo(url);
  expect(attempts).toEqual(recorded("tls_error"));
  expect(delivery).toMatchObject({ status: "retrying", lastError: "tls_error" });
});

test("over https, a receiver that speaks plain text -> tls_error on record, and tried again", async () => {
  const url = (await speaking("http", "HTTP/1.1 200 OK\r\n\r\n")).replace("http:", "https:");
  const { attempts } = await deliverTo(url);
  expect(attempts).toEqual(recorded("tls_error"));
});
