// The worker behind a CONNECT proxy: everything that is told goes through it, and its faults cost nothing but time.
import { expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { startConnectProxy, type OnConnect } from "../worker/connect-proxy.ts";
import { postJob, untilReady } from "./support/caller.ts";
import { startApi, startWorker } from "./support/program.ts";
import { startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

const credentials = "onetake:s3cret-of-the-proxy";

const refuses: OnConnect = ({ answer }) => answer(407);
const works: OnConnect = ({ open }) => open();

test("the proxy refuses at first -> the alarm, no attempt; it works -> delivered with the first attempt, through a tunnel", async () => {
  const { redis, simulator, receiver, postbox } = await startServers();
  const prefix = testPrefix();
  let proxyDoes = refuses;
  const proxy = await startConnectProxy((ask) => proxyDoes(ask));
  const WEBHOOK_EGRESS_PROXY = `http://${credentials}@${proxy.url.host}`;
  const environment = settings({ redis: redis.url, novita: simulator.url, prefix });
  const [api, worker] = await Promise.all([
    startApi(environment),
    startWorker({ ...environment, WEBHOOK_EGRESS_PROXY }),
  ]);
  await Promise.all([untilReady(api.url), untilReady(worker.url)]);

  const mark = `${prefix}-told`;
  const prompt = `[[job:${mark}]]`;
  await postJob(api.url, { input: { prompt }, webhook: { url: `${receiver.url}/${mark}` } });
  expect(await worker.logged("egress.unreachable")).toMatchObject({
    level: "error",
    err: { code: "egress_error", cause: { message: "the egress proxy answered 407" } },
  });
  expect(postbox.newsAt(`/${mark}`).size).toBe(0);

  proxyDoes = works;
  await eventually(() => expect([...postbox.newsAt(`/${mark}`).keys()]).toEqual(["job.succeeded"]), 30_000);
  expect(await worker.logged("delivery.attempted")).toMatchObject({ attempt: 1, status: "delivered" });
  expect(new Set(proxy.asked.map(({ authority }) => authority))).toEqual(
    new Set([new URL(receiver.url).host]),
  );
  const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
  expect(proxy.asked[0]?.headers["proxy-authorization"]).toBe(authorization);
  const logs = JSON.stringify([worker.log, api.log]);
  for (const secret of ["s3cret-of-the-proxy", authorization]) expect(logs).not.toContain(secret);
});
