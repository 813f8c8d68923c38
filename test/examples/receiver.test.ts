// examples/receiver, started as its reader would start it, and sent to by the product's own sender.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { Inbox } from "../../examples/receiver/inbox.ts";
import { createAddressPolicy } from "../../src/shared/webhook/guard.ts";
import { signEvent } from "../../src/shared/webhook/sign.ts";
import { type Attempt, createSender } from "../../src/worker/send.ts";
import { blocksOf, readText } from "../docs/support/page.ts";
import { isMissing, newFolder } from "../docs/support/reader.ts";
import { eventually } from "../support/eventually.ts";
import { startReceiver as startServer } from "../worker/receiver.ts";

const MAIN = fileURLToPath(new URL("../../examples/receiver/main.ts", import.meta.url));
const run = promisify(execFile);
const KEY = "the-key-of-the-shop";
const secretOf = (): string => `whsec_${randomBytes(32).toString("base64")}`;
const [current, former] = [secretOf(), secretOf()];

type Event = { type: string; id: string; data: object };

const jobEvent = (id: string, { type = "job.succeeded", version = 5, job = "job_1" } = {}): Event => ({
  type,
  id,
  data: {
    job: {
      id: job,
      status: type.slice(4),
      version,
      reference: "order-42",
      urls: { video: `https://onetake.example.com/v1/jobs/${job}/video` },
    },
  },
});

const sender = createSender({
  policy: createAddressPolicy({ allowCidrs: ["127.0.0.1/32"] }),
  timeoutMs: 15_000,
});

/** One attempt, as the deliver stage makes it. */
function send(
  url: string,
  event: Event,
  { secrets = [current], ageS = 0, sent }: { secrets?: string[]; ageS?: number; sent?: Buffer } = {},
): Promise<Attempt> {
  const body = Buffer.from(JSON.stringify(event));
  const timestampS = Math.floor(Date.now() / 1000) - ageS;
  const headers = {
    "content-type": "application/json",
    "webhook-id": event.id,
    "webhook-timestamp": String(timestampS),
    "webhook-signature": signEvent({ id: event.id, timestampS, body, secrets }),
  };
  return sender.send({ url, headers, body: sent ?? body });
}

type Started = {
  url: string;
  child: ChildProcess;
  /** What it has printed; without its first line. */
  printed: string[];
  /** What it could not do. */
  complaints: string[];
};

async function start(dir: string, settings: Record<string, string> = {}): Promise<Started> {
  const child = spawn(process.execPath, [MAIN], {
    cwd: dir,
    env: { PATH: process.env["PATH"], WEBHOOK_SECRETS: `${current}, ${former}`, PORT: "0", ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const printed: string[] = [];
  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => complaints.push(line));
  const lines = createInterface({ input: child.stdout }).on("line", (line) => printed.push(line));
  await once(lines, "line");
  const port = /port: (\d+)/.exec(printed.splice(0).join())?.[1];
  return { url: `http://127.0.0.1:${port}/`, child, printed, complaints };
}

const until = (started: Started, line: string): Promise<void> =>
  eventually(() => expect(started.printed).toContain(line));

async function kill({ child }: Started): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

const VIDEO = "an mp4 of a lighthouse";

/** Onetake's API, which redirects to where the video is; `answers` come before that. */
async function startOnetake(...answers: RequestListener[]) {
  const keys: [api: unknown[], video: unknown[]] = [[], []];
  const storage = await startServer("http", (request, response) => {
    keys[1].push(request.headers.authorization);
    response.end(VIDEO);
  });
  const api = await startServer("http", (request, response) => {
    keys[0].push(request.headers.authorization);
    const answer = answers.shift();
    if (answer) return answer(request, response);
    const location = `http://127.0.0.1:${storage.port}${request.url}.mp4`;
    return response.writeHead(302, { location }).end();
  });
  return { settings: { API: `http://127.0.0.1:${api.port}`, KEY }, keys };
}

describe("the receiver as a process", () => {
  test("an event, three times, and once more after a restart -> 204 each time, worked off once", async () => {
    const dir = await newFolder();
    const first = await start(dir);
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await send(first.url, jobEvent("evt_1"))).status);
    await until(first, "job.succeeded evt_1 order-42");
    await kill(first);

    const second = await start(dir);
    statuses.push((await send(second.url, jobEvent("evt_1"))).status);
    await send(second.url, jobEvent("evt_2", { job: "job_2" }));
    await until(second, "job.succeeded evt_2 order-42");
    expect(statuses).toEqual([204, 204, 204, 204]);
    expect([first.printed, second.printed]).toEqual([
      ["job.succeeded evt_1 order-42"],
      ["job.succeeded evt_2 order-42"],
    ]);
  });

  test("any of its secrets has signed -> 204", async () => {
    const { url } = await start(await newFolder());
    const signers = [[current], [former], [former, current], [secretOf(), current]];
    for (const [n, secrets] of signers.entries()) {
      expect(await send(url, jobEvent(`evt_${n}`), { secrets })).toMatchObject({
        delivered: true,
        status: 204,
      });
    }
  });

  const event = jobEvent("evt_1");
  const huge = { ...event, filler: "x".repeat(4_000_000) };
  test.each<[string, Event, Parameters<typeof send>[2], number]>([
    ["signed by a stranger", event, { secrets: [secretOf()] }, 401],
    ["signed six minutes ago", event, { ageS: 360 }, 401],
    ["signed for a time six minutes ahead", event, { ageS: -360 }, 401],
    [
      "changed on its way",
      event,
      { sent: Buffer.from(JSON.stringify({ ...event, type: "job.failed" })) },
      401,
    ],
    ["of 4 MB", huge, {}, 413],
    ["of 4 MB by a stranger", huge, { secrets: [secretOf()] }, 413],
  ])("an event %s -> refused and not worked off, and the next is taken", async (_name, bad, how, status) => {
    const receiver = await start(await newFolder());
    expect(await send(receiver.url, bad, how)).toMatchObject({ delivered: false, status });
    expect(await send(receiver.url, jobEvent("evt_9"))).toMatchObject({ status: 204 });
    await until(receiver, "job.succeeded evt_9 order-42");
    expect(receiver.printed).toHaveLength(1);
  });

  test("a request without any of the headers -> 401", async () => {
    const { url } = await start(await newFolder());
    expect(await sender.send({ url, headers: {}, body: Buffer.alloc(0) })).toMatchObject({ status: 401 });
  });

  test.skipIf(isMissing("bash", "openssl", "curl"))(
    "send.sh of docs/webhooks.md, with one of its secrets, and with a stranger's -> 204 and worked off, and 401",
    async () => {
      const dir = await newFolder();
      const receiver = await start(dir);
      for (const name of ["send.sh", "event.json"]) {
        const sample = blocksOf("docs/webhooks.md").find(({ file }) => file === name);
        await writeFile(join(dir, name), sample?.code ?? "");
      }
      const sendBy = async (secret: string) => {
        const env = { PATH: process.env["PATH"], SECRET: secret };
        return (await run("bash", ["send.sh", receiver.url, "event.json"], { cwd: dir, env })).stdout.trim();
      };
      expect([await sendBy(current), await sendBy(secretOf())]).toEqual(["204", "401"]);
      await eventually(() =>
        expect(receiver.printed).toEqual([expect.stringMatching(/^job.succeeded evt_\w+ order-42$/)]),
      );
    },
  );

  test("events of no job -> taken", async () => {
    const receiver = await start(await newFolder());
    await send(receiver.url, { type: "webhook.test", id: "evt_1", data: {} });
    await send(receiver.url, { type: "endpoint.disabled", id: "evt_2", data: { endpoint: { id: "ep_1" } } });
    await eventually(() =>
      expect(receiver.printed).toEqual(["webhook.test evt_1 ", "endpoint.disabled evt_2 "]),
    );
  });

  test("an older event of a job after a newer one -> 204, and not worked off", async () => {
    const receiver = await start(await newFolder());
    await send(receiver.url, jobEvent("evt_2", { version: 7 }));
    await until(receiver, "job.succeeded evt_2 order-42");
    expect(await send(receiver.url, jobEvent("evt_1", { type: "job.expired", version: 5 }))).toMatchObject({
      status: 204,
    });
    await send(receiver.url, jobEvent("evt_3", { job: "job_3" }));
    await until(receiver, "job.succeeded evt_3 order-42");
    expect(receiver.printed).toHaveLength(2);
  });

  test("a key of the API -> the video is saved by urls.video, and only the API sees the key", async () => {
    const { settings, keys } = await startOnetake();
    const dir = await newFolder();
    const receiver = await start(dir, settings);
    await send(receiver.url, jobEvent("evt_1"));
    await until(receiver, "saved job_1.mp4");
    expect(await readFile(join(dir, "job_1.mp4"), "utf8")).toBe(VIDEO);
    expect(keys).toEqual([[`Bearer ${KEY}`], [undefined]]);
  });

  test("the video cannot be had at first -> 204 at once, and saved by a later try", async () => {
    const { settings } = await startOnetake((_request, response) => response.writeHead(504).end());
    const dir = await newFolder();
    const receiver = await start(dir, settings);
    expect(await send(receiver.url, jobEvent("evt_1"))).toMatchObject({ status: 204 });
    await until(receiver, "saved job_1.mp4");
    expect(receiver.printed.filter((line) => line.startsWith("job."))).toHaveLength(2);
    expect(receiver.complaints.join()).toMatch(/evt_1 failed, and is tried again Error: .* answered 504/);
  });

  test.each(["SIGKILL", "SIGTERM"] as const)(
    "%s in the middle of the work -> done after the next start",
    async (signal) => {
      const asked = Promise.withResolvers<void>();
      const { settings } = await startOnetake(() => asked.resolve());
      const dir = await newFolder();
      const receiver = await start(dir, settings);
      await send(receiver.url, jobEvent("evt_1"));
      await asked.promise;
      receiver.child.kill(signal);
      const [code] = await once(receiver.child, "exit");
      expect([code, receiver.complaints]).toEqual([signal === "SIGTERM" ? 0 : null, []]);

      await until(await start(dir, settings), "saved job_1.mp4");
    },
  );

  test.each([
    ["no secret", "", "is required"],
    ["one that is none", "whsec_short", "not a webhook secret"],
  ])("%s -> ends at once, and says so", async (_name, secrets, words) => {
    const env = { PATH: process.env["PATH"], WEBHOOK_SECRETS: secrets, PORT: "0" };
    const child = spawn(process.execPath, [MAIN], {
      cwd: await newFolder(),
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const [code] = await once(child, "close");
    expect([code, said]).toEqual([1, expect.stringContaining(words)]);
  });
});

describe("the inbox", () => {
  const NOON = Date.UTC(2026, 0, 1, 12);
  const DAY_MS = 86_400_000;

  const take = (inbox: Inbox, now = NOON) => {
    const letter = inbox.next(now);
    if (letter === null) throw new Error("the inbox is empty");
    return letter;
  };

  test("10,000 letters wait -> full for new ones, not for those it has; one is done -> there is room", () => {
    const inbox = openInbox();
    for (let n = 0; n < 10_000; n++) inbox.put(`evt_${n}`, "{}", NOON);
    expect([inbox.put("evt_new", "{}", NOON), inbox.put("evt_1", "{}", NOON)]).toEqual(["full", "known"]);
    inbox.done(take(inbox));
    expect(inbox.put("evt_new", "{}", NOON)).toBe("new");
  });

  test("a letter that is done -> known for 31 days, then forgotten; one that waits is kept", () => {
    const inbox = openInbox();
    inbox.put("evt_done", "{}", NOON);
    inbox.done(take(inbox));
    inbox.put("evt_waits", "{}", NOON);
    inbox.put("evt_later", "{}", NOON + 31 * DAY_MS);
    expect(inbox.put("evt_done", "{}", NOON)).toBe("known");
    inbox.put("evt_latest", "{}", NOON + 31 * DAY_MS + 1);
    expect([inbox.put("evt_done", "{}", NOON), inbox.put("evt_waits", "{}", NOON)]).toEqual(["new", "known"]);
  });

  test("a letter that fails -> due again after 2 s, 4 s and so on; after the twelfth time it is forgotten, and may come anew", () => {
    const inbox = openInbox();
    inbox.put("evt_1", "{}", NOON);
    let now = NOON;
    for (let failures = 1; failures < 12; failures++) {
      expect(inbox.failed(take(inbox, now), now)).toBe(true);
      now += 1000 * 2 ** failures;
      expect(inbox.next(now - 1)).toBeNull();
    }
    expect(inbox.failed(take(inbox, now), now)).toBe(false);
    expect([inbox.next(now + DAY_MS), inbox.put("evt_1", "{}", now)]).toEqual([null, "new"]);
  });

  test("letters -> the one that is due longest comes first", () => {
    const inbox = openInbox();
    inbox.put("evt_b", "{}", NOON + 1);
    inbox.put("evt_a", "{}", NOON);
    inbox.put("evt_c", "{}", NOON + 2);
    expect(take(inbox, NOON + 2).id).toBe("evt_a");
  });
});

function openInbox(): Inbox {
  const inbox = new Inbox(":memory:");
  onTestFinished(() => inbox.close());
  return inbox;
}

test("verify.ts -> is the sample of docs/webhooks.md", () => {
  const sample = blocksOf("docs/webhooks.md").find(({ file }) => file === "verify.ts");
  expect(readText("examples/receiver/verify.ts")).toBe(sample?.code);
});
