// What Novita, or whoever has taken its place, might do to the worker on purpose.
import type { Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { createNovitaClient } from "../../src/worker/novita/client.ts";
import { pollTask } from "../../src/worker/poll.ts";
import { startDeadline } from "../../src/worker/deadline.ts";
import { submitJob } from "../../src/worker/submit.ts";
import { eventually } from "../support/eventually.ts";
import { newJob, newRequest } from "../support/job.ts";
import { openTestLedger, putJob, readJob } from "../support/ledger.ts";
import { createRoad } from "../../src/worker/road.ts";
import { pollDeps, startTestStage, submitDeps } from "../support/stage.ts";
import { serveTcp } from "../worker/novita/loopback.ts";

const KEY = "sk_fuzz_0123456789abcdef";
const PATH = "/v3/async/wan2.7-t2v";
const MEGABYTE = Buffer.alloc(1024 * 1024, "x");

const hasAsked = (heard: string): boolean =>
  heard.includes("\r\n\r\n") && (heard.startsWith("GET") || heard.endsWith("}"));

async function openClient(onRequest: (socket: Socket) => void) {
  const server = await serveTcp((socket, heard) => {
    if (hasAsked(heard)) onRequest(socket);
  });
  const novita = createNovitaClient({
    baseUrl: server.url,
    apiKey: KEY,
    pollTimeoutMs: 5000,
    lateAnswerMs: 1000,
  });
  onTestFinished(() => novita.close());
  return { server, novita };
}

const answer = (body: string, head = ""): string =>
  `HTTP/1.1 200 OK\r\n${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** Writes for as long as somebody takes it, at most a gigabyte; counts what went out. */
function flood(socket: Socket, sent: { bytes: number }): void {
  const pour = () => {
    while (sent.bytes < 1024 ** 3 && !socket.destroyed) {
      sent.bytes += MEGABYTE.length;
      if (!socket.write(MEGABYTE)) return void socket.once("drain", pour);
    }
    socket.end();
  };
  pour();
}

describe("an answer without end", () => {
  test("a gigabyte, to a submission and to a look -> a few megabytes are taken, the outcome unknown", async () => {
    const sent = { bytes: 0 };
    const { novita } = await openClient((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n{"task_id":"');
      flood(socket, sent);
    });
    const before = process.memoryUsage().rss;
    expect(await novita.submit(PATH, {}, startDeadline(5000))).toMatchObject({ kind: "unknown" });
    expect(await novita.look("t")).toMatchObject({ kind: "unavailable" });
    // What the kernel's buffers hold counts as sent.
    expect(sent.bytes).toBeLessThan(64 * 1024 ** 2);
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 ** 2);
  });

  test.each([
    ["headers", "HTTP/1.1 200 OK\r\n", () => `X-Filler: ${"x".repeat(1000)}\r\n`],
    ["one header", "HTTP/1.1 200 OK\r\nX-Filler: ", () => "x".repeat(1000)],
    ["interim answers", "", () => "HTTP/1.1 102 Processing\r\n\r\n"],
    [
      "chunk extensions",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1",
      () => `;x=${"y".repeat(1000)}`,
    ],
    [
      "trailers",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
      () => `X: ${"y".repeat(1000)}\r\n`,
    ],
  ])("%s -> cut off in time, the outcome unknown", async (_name, head, more) => {
    const { novita } = await openClient((socket) => {
      socket.write(head);
      const pour = setInterval(() => socket.write(more()), 1);
      socket.on("close", () => clearInterval(pour));
    });
    expect(await novita.submit(PATH, {}, startDeadline(500))).toMatchObject({ kind: "unknown" });
  });
});

describe("JSON that is hard to read", () => {
  test.each([
    ["brackets 100,000 deep", "[".repeat(100_000) + "]".repeat(100_000)],
    ["objects 25,000 deep", '{"deep":'.repeat(25_000) + "1" + "}".repeat(25_000)],
    ["a number of 200,000 digits", `{"task_id":${"9".repeat(200_000)}}`],
    ["20,000 members", `{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":1`).join()}}`],
    ["a prototype", '{"__proto__":{"task_id":"t"},"constructor":{"task_id":"t"}}'],
  ])("%s -> the submission unknown, the look useless", async (_name, body) => {
    const { novita } = await openClient((socket) => void socket.end(answer(body)));
    expect(await novita.submit(PATH, {}, startDeadline(5000))).toMatchObject({ kind: "unknown" });
    expect(await novita.look("t")).toMatchObject({ kind: "unavailable" });
  });

  test("the last of several task ids -> is the one that counts, as in any JSON", async () => {
    const { novita } = await openClient((socket) => void socket.end(answer('{"task_id":"a","task_id":"b"}')));
    expect(await novita.submit(PATH, {}, startDeadline(5000))).toEqual({ kind: "accepted", taskId: "b" });
  });
});

test("a second answer that nobody asked for, on a kept connection -> is not taken for the next look's", async () => {
  let asked = 0;
  const { novita } = await openClient((socket) => {
    asked++;
    const own = answer(`{"task":{"task_id":"t-${asked}","status":"TASK_STATUS_PROCESSING"}}`);
    const poison = answer('{"task":{"task_id":"t-1","status":"TASK_STATUS_FAILED","reason":"poison"}}');
    socket.write(asked === 1 ? own + poison : own);
  });
  expect(await novita.look("t-1")).toMatchObject({ kind: "running" });
  expect(await novita.look("t-2")).not.toMatchObject({ kind: "failed" });
});

const Prompt = z.object({ prompt: z.string() });

/** Ways to answer that leave it open whether there is a task, and ways that do not. */
const storms: Record<string, (socket: Socket) => void> = {
  reset: (socket) => void socket.resetAndDestroy(),
  silentEnd: (socket) => void socket.end(),
  html500: (socket) => void socket.end("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops"),
  cut: (socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"task_id":"t'),
  empty: (socket) => void socket.end(answer("")),
  refused: (socket) =>
    void socket.end(
      'HTTP/1.1 400 No\r\nContent-Length: 47\r\n\r\n{"code":400,"reason":"ILLEGAL_X","message":"no"}'.replace(
        "47",
        "48",
      ),
    ),
};

test(
  "thirty jobs in a storm -> none is posted twice, and when it is over the stages go on",
  { timeout: 60_000 },
  async () => {
    const ledger = openTestLedger();
    const posts: string[] = [];
    const ways = Object.values(storms);
    let isOver = false;
    const server = await serveTcp((socket, heard) => {
      if (!hasAsked(heard)) return;
      if (heard.startsWith("GET")) return void socket.end(answer("}{"));
      posts.push(Prompt.parse(JSON.parse(heard.slice(heard.indexOf("{")))).prompt);
      if (isOver) socket.end(answer(`{"task_id":"task-${posts.length}"}`));
      else ways[posts.length % ways.length]?.(socket);
    });
    const novita = createNovitaClient({
      baseUrl: server.url,
      apiKey: KEY,
      pollTimeoutMs: 1000,
      lateAnswerMs: 0,
    });
    onTestFinished(() => novita.close());
    const road = createRoad(ledger.redis, ledger.keys, 20);
    const base = submitDeps(ledger, { novita, road });
    const deps = { ...base, rules: { ...base.rules, probeIntervalMs: 20 } };
    startTestStage(ledger, "submit", (entry) => submitJob(deps, entry));
    startTestStage(ledger, "poll", (entry) => pollTask(pollDeps(ledger, { novita, road }), entry));
    const put = async (prompt: string) => {
      const request = newRequest({ input: { prompt } });
      return putJob(ledger, newJob(await ledger.jobs.readClock(), { request }));
    };
    const jobs = await Promise.all(Array.from({ length: 30 }, (_, n) => put(`job ${n}`)));
    await eventually(() => expect(new Set(posts).size).toBe(30), 30_000);
    isOver = true;
    const last = await put("the last one");
    await eventually(async () => expect((await readJob(ledger, last.id)).status).toBe("processing"), 20_000);
    expect(posts.toSorted()).toEqual([...new Set(posts)].toSorted());
    const statuses = await Promise.all(jobs.map(async ({ id }) => (await readJob(ledger, id)).status));
    expect([...new Set(statuses)].toSorted()).toEqual(["failed", "unconfirmed"]);
  },
);
