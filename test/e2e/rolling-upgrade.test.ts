// Two versions side by side on one Redis, under load, while APIs and workers are replaced one after another: nothing is
// bought twice, nothing is lost, every event is told, whatever the newer version does to records.
import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { formats } from "../../src/shared/store/format.ts";
import { eventually } from "../support/eventually.ts";
import { testPrefix } from "../support/redis.ts";
import { getJob, postJob, readJob, untilReady } from "./support/caller.ts";
import { withTest } from "./support/on-end.ts";
import { type Program, startApi, startWorker } from "./support/program.ts";
import { type Servers, startServers } from "./support/servers.ts";
import { settings } from "./support/settings.ts";
import { type Edit, makeVersion } from "./support/version.ts";

const FORMATS = "src/shared/store/format.ts";
const present = `formats: Formats = { written: ${formats.written}, readable: ${formats.readable},`;
const next = formats.readable + 1;

/** A field that the older version does not know, in each job that the newer one makes. */
const addsField: Edit[] = [
  {
    file: "src/shared/job.ts",
    from: "export const Job = stored({\n",
    to: 'export const Job = stored({\n  mood: z.string().default("none"),\n',
  },
  {
    file: "src/shared/job.ts",
    from: '  status: "queued",\n  version: 1,\n',
    to: '  status: "queued",\n  mood: "calm",\n  version: 1,\n',
  },
];
const raisesFormat: Edit = {
  file: FORMATS,
  from: present,
  to: `formats: Formats = { written: ${next}, readable: ${next},`,
};
const readsNext: Edit = {
  file: FORMATS,
  from: present,
  to: `formats: Formats = { written: ${formats.written}, readable: ${next},`,
};

type Roll = {
  name: string;
  older: Edit[];
  newer: Edit[];
  /** What the newer version writes. */
  format: number;
  /** What the older APIs answer about it. If they can read it, older workers finish it too. */
  olderAnswers: 200 | 503;
};

const rolls: Roll[] = [
  { name: "adds a field", older: [], newer: addsField, format: formats.written, olderAnswers: 200 },
  {
    name: "raises the format, which the older one reads already",
    older: [readsNext],
    newer: [...addsField, raisesFormat],
    format: next,
    olderAnswers: 200,
  },
  {
    name: "raises the format at once",
    older: [],
    newer: [...addsField, raisesFormat],
    format: next,
    olderAnswers: 503,
  },
];

test.each(rolls)(
  "the newer version $name -> each job is bought once and told once, and nothing of it is lost",
  async ({ older, newer, format, olderAnswers }) => {
    const town = await openTown(await makeVersion(older), await makeVersion(newer));
    const { servers, redis } = town;
    const ids = new Set<string>();
    const load = async (api: Program, count = 6) => {
      const posted = await Promise.all(Array.from({ length: count }, () => town.post(api)));
      for (const id of posted) ids.add(id);
      return posted;
    };

    // All is of the older version.
    const [oldApi, firstWorker, secondWorker] = await Promise.all([
      town.startApi("older"),
      town.startWorker("older"),
      town.startWorker("older"),
    ]);
    await load(oldApi);
    // An API of the newer one comes first, and older workers meet its jobs.
    const newApi = await town.startApi("newer");
    const made = await load(newApi);
    await load(oldApi);
    for (const id of made) expect((await getJob(oldApi.url, id)).status).toBe(olderAnswers);
    if (olderAnswers === 200) await town.untilTold(newApi, made);
    // Workers are replaced under load.
    await town.startWorker("newer");
    await load(newApi);
    await load(oldApi);
    await town.end(firstWorker);
    await load(newApi);
    await town.startWorker("newer");
    await Promise.all([load(newApi), town.end(secondWorker)]);
    await load(oldApi);
    await town.end(oldApi);
    await load(newApi);

    await town.untilTold(newApi, ids);
    expect(ids.size).toBe(54);
    expect(servers.simulator.ledger.tasks).toHaveLength(ids.size);
    for (const id of ids) {
      const news = servers.postbox.newsAt(town.pathOf(id));
      expect([...news.keys()]).toEqual(["job.succeeded"]);
      expect(news.get("job.succeeded")?.ids.size).toBe(1);
      expect(news.get("job.succeeded")?.bodies.size).toBe(1);
      expect((await readJob(newApi.url, id)).tasks).toHaveLength(1);
    }
    // What the newer version has added was kept by whoever wrote the record after it.
    for (const id of made) expect(await town.storedOf(id)).toEqual({ format: String(format), mood: "calm" });
    expect(await redis.zcard(`{${town.prefix}}:aside`)).toBe(0);
    expect(town.said("record.set_aside", "stage.broken", "rescue.failed", "submit.unrecorded")).toEqual([]);
  },
  240_000,
);

const Stored = z.looseObject({ mood: z.string() });

/** An installation on which both versions run. */
async function openTown(older: string, newer: string) {
  const servers = await startServers();
  const prefix = testPrefix();
  const environment = environmentOf(servers, prefix);
  const roots = { older, newer };
  const redis = new Redis(servers.redis.url);
  onTestFinished(() => redis.disconnect());
  const programs: Program[] = [];
  const paths = new Map<string, string>();

  /** Where a job's webhooks come. */
  const pathOf = (id: string): string => paths.get(id) ?? "";

  async function started(starting: Promise<Program>): Promise<Program> {
    const program = await starting;
    await untilReady(program.url, 60_000);
    programs.push(program);
    return program;
  }

  return {
    servers,
    redis,
    prefix,
    startApi: (version: keyof typeof roots) => started(startApi(environment, withTest, roots[version])),
    startWorker: (version: keyof typeof roots) => started(startWorker(environment, withTest, roots[version])),
    post: async (api: Program): Promise<string> => {
      const path = `/${randomUUID()}`;
      const webhook = { url: `${servers.receiver.url}${path}` };
      const id = await postJob(api.url, { input: { prompt: "a harbour" }, webhook });
      paths.set(id, path);
      return id;
    },
    pathOf,
    /** Waits until all of these jobs have their videos, and are told. */
    untilTold: (api: Program, ids: Iterable<string>) =>
      eventually(async () => {
        for (const id of ids) {
          expect((await readJob(api.url, id)).status).toBe("succeeded");
          expect(servers.postbox.countAt(pathOf(id))).toBeGreaterThan(0);
        }
      }, 60_000),
    end: async (program: Program): Promise<void> => {
      await program.kill("SIGTERM");
      expect(await program.ended).toMatchObject({ code: 0 });
    },
    /** What the newer version has said in the record. */
    storedOf: async (id: string) => {
      const [format, state] = await redis.hmget(`{${prefix}}:job:${id}`, "format", "state");
      return { format, mood: Stored.parse(JSON.parse(state ?? "")).mood };
    },
    /** Lines of these names, of all processes. */
    said: (...names: string[]) => programs.flatMap(({ log }) => log.filter(({ msg }) => names.includes(msg))),
  };
}

const environmentOf = ({ redis, simulator }: Servers, prefix: string): Record<string, string> =>
  settings(
    { redis: redis.url, novita: simulator.url, prefix },
    { MAX_IN_FLIGHT: "100", RESCUE_INTERVAL_S: "1" },
  );
