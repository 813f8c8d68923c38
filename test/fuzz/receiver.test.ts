// A receiver of webhooks that answers anything at all: its status line alone decides, and nothing of it gets further than it may.
import * as fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";

import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { createSender } from "../../src/worker/send.ts";
import { serveTcp } from "../worker/novita/loopback.ts";
import { answers, soldBody } from "./upstream-answers.ts";
import type { RawAnswer } from "./upstream-answers.ts";

const WEEK_MS = 7 * 86_400_000;
const body = Buffer.from('{"type":"job.succeeded"}');

test(
  "any answer to a webhook -> one POST, judged by its status, with a wait and a snippet within bounds",
  { timeout: 60_000 },
  async () => {
    const state: { next: RawAnswer | null } = { next: null };
    const elsewhere = await serveTcp((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
    const server = await serveTcp((socket, heard) => {
      if (!heard.endsWith("}") || !state.next) return;
      const { bytes, ending } = state.next;
      socket.write(bytes, () => (ending === "end" ? socket.end() : socket.resetAndDestroy()));
    });
    const sender = createSender({
      policy: createAddressPolicy({ allowCidrs: ["127.0.0.1/32"] }),
      timeoutMs: 5000,
    });
    onTestFinished(() => sender.close());
    const headers = { "content-type": "application/json" };
    await fc.assert(
      fc.asyncProperty(answers(soldBody, elsewhere.url), async (answer) => {
        state.next = answer;
        const before = server.heard.length;
        const attempt = await sender.send({ url: `${server.url}/hook`, headers, body });
        expect(server.heard).toHaveLength(before + 1);
        // A reset may overtake the status line.
        const statuses =
          answer.ending === "reset"
            ? [answer.status, null]
            : [answer.bytes.includes("HTTP/9") ? null : answer.status];
        expect(statuses).toContain(attempt.status);
        expect(attempt.delivered).toBe(
          attempt.status !== null && attempt.status >= 200 && attempt.status < 300,
        );
        expect(attempt.errorCode === null).toBe(attempt.delivered);
        expect(attempt.retryAfterMs ?? 0).toBeGreaterThanOrEqual(0);
        expect(attempt.retryAfterMs ?? 0).toBeLessThanOrEqual(WEEK_MS);
        expect(Buffer.byteLength(attempt.snippet ?? "")).toBeLessThanOrEqual(1024);
        // oxlint-disable-next-line no-control-regex
        expect(attempt.snippet ?? "").not.toMatch(/[\x00-\x1f\u202e]/);
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(elsewhere.heard).toEqual([]);
  },
);
