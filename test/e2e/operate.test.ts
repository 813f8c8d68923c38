// docs/operate.md, followed by an operator.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { request } from "undici";
import { expect, test } from "vitest";
import { z } from "zod";
import { findFreePort } from "../../tools/free-port.ts";
import { followPage, isMissing, newFolder } from "../docs/support/reader.ts";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { acme, get, postJob, readJob, untilReady } from "./support/caller.ts";
import { startApi, startWorker } from "./support/program.ts";
import { startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";

const PAGE = "docs/operate.md";
const RESTORE = "Backup and restore";
const ADMIN_KEY = "operator-key-for-the-e2e-tests";

const History = z.object({ data: z.array(z.object({ at: z.string(), type: z.string() })) });
const Sold = z.object({ task_id: z.string() });
const Ledger = z.object({ tasks: z.array(z.object({ task_id: z.string() })) });

const lighthouse = { input: { prompt: "A lighthouse" } };

async function startInstallation(changes: Record<string, string> = {}) {
  const { redis, simulator } = await startServers();
  const places = { redis: redis.url, novita: simulator.url, prefix: testPrefix() };
  const environment = settings(places, { ADMIN_KEY, ...changes });
  const api = await startApi(environment);
  await untilReady(api.url);
  const sold = async () => Ledger.parse((await get(`${simulator.url}/sim/ledger`)).body).tasks;
  /** A purchase that a worker made for a job after the dump. */
  const buy = async (): Promise<string> => {
    const headers = { authorization: "Bearer key", "content-type": "application/json" };
    const body = JSON.stringify({ prompt: "A lighthouse" });
    const url = `${simulator.url}/v3/async/wan2.7-t2v`;
    const answer = await request(url, { method: "POST", headers, body });
    return Sold.parse(await answer.body.json()).task_id;
  };
  return { api, environment, sold, buy };
}

/** When each of the job's paid requests left. */
async function timesOfSubmitting(api: string, id: string): Promise<string[]> {
  const headers = { authorization: `Bearer ${acme.key}` };
  const answer = await request(`${api}/v1/jobs/${id}/events`, { headers });
  const { data } = History.parse(await answer.body.json());
  return data.filter(({ type }) => type === "submitting").map(({ at }) => at);
}

test.skipIf(isMissing("bash", "curl", "redis-cli"))(
  "the commands on keys, pausing and resolving -> work, and show what the page says, of the last request of two",
  async () => {
    const { api, environment, sold } = await startInstallation();
    await startWorker(environment);
    const prompt = "A red balloon [[sim:submit=RATE_LIMIT_EXCEEDED x1:1]] [[sim:submit=accept-then-drop x1]]";
    const id = await postJob(api.url, { input: { prompt } });
    await eventually(async () => expect(await readJob(api.url, id)).toMatchObject({ status: "unconfirmed" }));
    const [task] = await sold();
    const given = { PATH: process.env["PATH"], API: api.url, TASK: task?.task_id ?? "" };
    const followed = await followPage(
      PAGE,
      await newFolder(),
      { ...environment, ...given },
      (section) => section !== RESTORE,
    );
    const shown = followed.find(({ code }) => code.includes('"submitting"'))?.output;
    const [refused, lost] = await timesOfSubmitting(api.url, id);
    expect(lost).not.toBe(refused);
    expect(shown).toBe(`1\n${lost}\n`);
    expect(await readJob(api.url, id)).toMatchObject({ status: "succeeded", tasks: [task?.task_id] });
  },
);

test.skipIf(isMissing("bash", "curl", "redis-cli", "redis-server"))(
  "a dump with two queued jobs, one bought since, restored as the page says -> paused by itself; each is paid for once",
  async () => {
    const { api, environment, sold, buy } = await startInstallation({ RESTORE_GAP_S: "1" });
    const worker = await startWorker(environment);
    await worker.logged("worker.started");
    await worker.kill("SIGKILL");
    const [id, bought] = [await postJob(api.url, lighthouse), await postJob(api.url, lighthouse)];
    const task = await buy();
    const dir = await newFolder();
    const line = { msg: "job.submitted", job_id: bought, outcome: "accepted", task_id: task };
    await writeFile(join(dir, "old-workers.log"), `${JSON.stringify(line)}\n`);
    const [port, workerPort, newPort] = await Promise.all([findFreePort(), findFreePort(), findFreePort()]);
    const ports = { PORT: String(port), WORKER_PORT: String(workerPort), NEW_PORT: String(newPort) };
    const given = { PATH: process.env["PATH"], API: api.url, ...ports };
    await followPage(PAGE, dir, { ...environment, ...given }, (section) => section === RESTORE);
    expect(await sold()).toHaveLength(1);

    const restored = `http://127.0.0.1:${port}`;
    const authorization = `Bearer ${ADMIN_KEY}`;
    await request(`${restored}/v1/admin/submissions/resume`, { method: "POST", headers: { authorization } });
    await eventually(async () => expect(await readJob(restored, id)).toMatchObject({ status: "succeeded" }));
    expect(await sold()).toHaveLength(2);
    expect(await readJob(restored, bought)).toMatchObject({ status: "succeeded", tasks: [task] });
    expect(await readJob(api.url, id)).toMatchObject({ status: "queued" });
  },
);
