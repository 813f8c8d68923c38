// docs/integrate.md, followed by a backend engineer who has a key and an API.
import { execFile, spawn } from "node:child_process";
import { createServer, type RequestListener } from "node:http";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Webhook } from "standardwebhooks";
import { request as send } from "undici";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { findFreePort } from "../../tools/free-port.ts";
import { blocksOf, readText } from "../docs/support/page.ts";
import { followPage, isMissing, newFolder } from "../docs/support/reader.ts";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { acme, get, untilReady } from "./support/caller.ts";
import { startApi, startWorker } from "./support/program.ts";
import { startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PAGE = "docs/integrate.md";

const samples = blocksOf(PAGE).flatMap(({ file, code }) => (file === null ? [] : [{ file, code }]));

test.skipIf(isMissing("bash", "curl"))(
  "every command and sample of the page, in order -> works, and shows what the page says",
  async () => {
    const { redis, simulator } = await startServers();
    const places = { redis: redis.url, novita: simulator.url, prefix: testPrefix() };
    const prices = { PRICES: "wan2.7-t2v:720P=0.10,wan2.7-t2v:1080P=0.15" };
    const api = await startApi(settings(places, prices));
    await startWorker(settings(places, prices));
    await untilReady(api.url);
    const dir = await newFolder();
    await keepTypes(dir);
    await followPage(PAGE, dir, {
      PATH: process.env["PATH"],
      API: api.url,
      KEY: acme.key,
      RECEIVER_PORT: String(await findFreePort()),
    });
    expect(samples.length).toBeGreaterThan(4);
  },
);

test("the packages that samples import -> are those that the page has its reader install", () => {
  const imported = samples.flatMap(({ code }) => [...code.matchAll(/ from "([^."][^"]*)"/g)]);
  const packages = imported.flatMap(([, name = ""]) => (name.startsWith("node:") ? [] : [name]));
  const [, named = ""] = /`npm install ([^`]+)`/.exec(readText(PAGE)) ?? [];
  expect(named.split(" ")).toEqual([...new Set(packages)]);
});

test("the samples -> compile under the repository's own rules", async () => {
  const dir = await newFolder();
  await keepTypes(dir);
  await saveSamples(dir);
  const config = { extends: join(ROOT, "tsconfig.json"), include: ["*.ts"] };
  await writeFile(join(dir, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const checked = await promisify(execFile)(process.execPath, [tsc, "-p", dir]).catch(
    (error: { stdout: string }) => error,
  );
  expect(checked.stdout).toBe("");
});

describe("post-job.ts", () => {
  const Sample = z.object({
    postJob: z.custom<(body: object, purchase: string, withinMs?: number) => Promise<{ id: string }>>(),
  });
  let postJob: z.infer<typeof Sample>["postJob"];
  beforeEach(async () => {
    ({ postJob } = Sample.parse(await importSample("post-job.ts")));
  });

  test.each<[string, RequestListener]>([
    ["the connection breaks", (request) => request.socket.destroy()],
    [
      "the answer breaks off",
      (_request, response) => response.writeHead(202).write("{", () => response.destroy()),
    ],
    ["503", (_request, response) => response.writeHead(503, { "retry-after": "0" }).end()],
    ["429", (_request, response) => response.writeHead(429, { "retry-after": "0" }).end()],
    ["500", (_request, response) => response.writeHead(500).end()],
  ])("%s -> the same request again, with the same key, until it is answered", async (_name, fault) => {
    const got = await startFlaky([fault, fault]);
    expect(await postJob({ input: { prompt: "x" } }, "order-1")).toEqual({ id: "job_1" });
    expect(got).toEqual(Array.from({ length: 3 }, () => ["order-1", '{"input":{"prompt":"x"}}']));
  });

  test("422 -> not sent again, and the faults are told", async () => {
    const got = await startFlaky([(_request, response) => response.writeHead(422).end("the faults")]);
    await expect(postJob({}, "order-1")).rejects.toThrow("the faults");
    expect(got).toHaveLength(1);
  });

  test("no time left to try again -> given up, with the advice to keep the key", async () => {
    await startFlaky([(request) => request.socket.destroy()]);
    await expect(postJob({}, "order-1", 0)).rejects.toThrow("the same key");
  });
});

const newEvent = (id: string, version: number) => ({
  type: "job.succeeded",
  id,
  data: { job: { id: "job_1", status: "succeeded", version, reference: null } },
});

describe("take-event.ts", () => {
  const Sample = z.object({ takeEvent: z.custom<(event: object, work: () => void) => unknown>() });
  let takeEvent: z.infer<typeof Sample>["takeEvent"];
  beforeEach(async () => {
    vi.stubEnv("DATABASE", ":memory:");
    onTestFinished(() => void vi.unstubAllEnvs());
    ({ takeEvent } = Sample.parse(await importSample("take-event.ts")));
  });

  test("events twice and out of order -> each taken once, and the older one after the newer is late", () => {
    const [first, newer, older] = [newEvent("evt_1", 3), newEvent("evt_3", 9), newEvent("evt_2", 6)];
    const work = vi.fn<() => void>();
    const taken = [first, first, newer, older, older].map((event) => takeEvent(event, work));
    expect(taken).toEqual(["news", "again", "news", "late", "again"]);
    expect(work).toHaveBeenCalledTimes(2);
  });

  test("the work fails -> the event is as if it had never come, and news when it comes again", () => {
    const event = newEvent("evt_1", 3);
    expect(() =>
      takeEvent(event, () => {
        throw new Error("the disk is full");
      }),
    ).toThrow("the disk is full");
    const work = vi.fn<() => void>();
    expect([takeEvent(event, work), takeEvent(event, work)]).toEqual(["news", "again"]);
    expect(work).toHaveBeenCalledTimes(1);
  });
});

test("receiver.ts, whose work fails at first -> 500, then 204 as often as the event comes, and done once", async () => {
  const dir = await newFolder();
  await saveSamples(dir);
  const database = new DatabaseSync(join(dir, "shop.db"));
  onTestFinished(() => database.close());
  database.exec("CREATE TABLE to_do (job_id TEXT, status TEXT)");
  database.exec("CREATE TRIGGER broken INSERT ON to_do BEGIN SELECT raise(ABORT, 'broken'); END");
  const secret = `whsec_${Buffer.alloc(32, "a tenant's secret").toString("base64")}`;
  const url = await startReceiver(dir, secret);
  const post = () => postSigned(url, secret, newEvent("evt_1", 3));

  expect([await post(), await post()]).toEqual([500, 500]);
  database.exec("DROP TRIGGER broken");
  expect([await post(), await post()]).toEqual([204, 204]);
  expect(database.prepare("SELECT * FROM to_do").all()).toEqual([{ job_id: "job_1", status: "succeeded" }]);
});

async function startReceiver(dir: string, secret: string): Promise<string> {
  const port = String(await findFreePort());
  const env = { TENANT_SECRET: secret, RECEIVER_PORT: port };
  const child = spawn(process.execPath, ["receiver.ts"], { cwd: dir, env, stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const url = `http://127.0.0.1:${port}/`;
  await eventually(() => get(url), 20_000);
  return url;
}

/** Delivers an event as Onetake does, and returns the status of the answer. */
async function postSigned(url: string, secret: string, event: { id: string }): Promise<number> {
  const body = JSON.stringify(event);
  const now = new Date();
  const headers = {
    "webhook-id": event.id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(event.id, now, body),
  };
  return (await send(url, { method: "POST", headers, body })).statusCode;
}

async function saveSamples(dir: string): Promise<void> {
  for (const { file, code } of samples) await writeFile(join(dir, file), code);
}

/** What openapi-typescript makes of openapi.json. */
const keepTypes = (dir: string): Promise<void> =>
  copyFile(join(ROOT, "test/client/schema.d.ts"), join(dir, "schema.d.ts"));

async function importSample(file: string): Promise<unknown> {
  const dir = await newFolder();
  await saveSamples(dir);
  return import(/* @vite-ignore */ pathToFileURL(join(dir, file)).href);
}

/** An API that answers by the plan, and then as it should. Returns the key and the body of each request. */
async function startFlaky(plan: RequestListener[]): Promise<[key: unknown, body: string][]> {
  const got: [unknown, string][] = [];
  const rest = [...plan];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.once("end", () => {
      got.push([request.headers["idempotency-key"], body]);
      const answer = rest.shift() ?? answerWell;
      answer(request, response);
    });
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    vi.unstubAllEnvs();
  });
  const port = await findFreePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  vi.stubEnv("API", `http://127.0.0.1:${port}`);
  vi.stubEnv("KEY", "a-key");
  return got;
}

const answerWell: RequestListener = (_request, response) => {
  response.writeHead(202).end('{"id":"job_1"}');
};
