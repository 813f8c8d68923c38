// A real Prometheus with the configuration that we ship: only its targets are others, and it asks more often.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { findFreePort } from "../../../tools/free-port.ts";
import { copyConfig } from "../../deploy/support/prometheus.ts";
import { eventually } from "../../support/eventually.ts";
import { program } from "../../support/program.ts";
import { get } from "./caller.ts";
import type { OnEnd } from "./on-end.ts";

const path = program("prometheus");

/** Elsewhere than in CI a test may be done without. */
export const hasNoPrometheus = path === null && !process.env["CI"];

const Result = z.array(
  z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
);
const Answer = z.object({ status: z.literal("success"), data: z.looseObject({ result: Result }) });
const Targets = z.object({
  data: z.object({
    activeTargets: z.array(z.object({ scrapePool: z.string(), health: z.string(), lastError: z.string() })),
  }),
});
const Rules = z.object({
  data: z.object({
    groups: z.array(
      z.object({ rules: z.array(z.object({ name: z.string(), health: z.string(), state: z.string() })) }),
    ),
  }),
});

export type Sample = { labels: Record<string, string>; value: number };

export type Prometheus = {
  /** The samples of a query at this moment; an expression that cannot be understood throws. */
  query: (expr: string) => Promise<Sample[]>;
  targets: () => Promise<z.infer<typeof Targets>["data"]["activeTargets"]>;
  /** Of alerts; `health` is how its expression fares, `state` inactive, pending or firing. */
  rules: () => Promise<{ name: string; health: string; state: string }[]>;
};

/** `urls`: where each job's process is. Resolves when it is ready. */
export async function startPrometheus(
  urls: Record<string, string>,
  key: string,
  onEnd: OnEnd,
): Promise<Prometheus> {
  const { dir, remove } = await copyConfig(key, ({ global, scrape_configs, ...rest }) => ({
    ...rest,
    global: { ...global, scrape_interval: "2s", evaluation_interval: "2s" },
    scrape_configs: scrape_configs.map(({ dns_sd_configs: _found, ...scrape }) => ({
      ...scrape,
      static_configs: [{ targets: [new URL(urls[scrape.job_name] ?? "").host] }],
    })),
  }));
  onEnd(remove);
  const data = await mkdtemp(join(tmpdir(), "onetake-prometheus-data-"));
  onEnd(() => rm(data, { recursive: true, force: true }));
  const url = await launch(join(dir, "prometheus.yml"), data, onEnd);
  return {
    query: async (expr) => {
      const { body } = await get(`${url}/api/v1/query?query=${encodeURIComponent(expr)}`);
      const { data: answer } = Answer.parse(body);
      return answer.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
    },
    targets: async () => Targets.parse((await get(`${url}/api/v1/targets`)).body).data.activeTargets,
    rules: async () =>
      Rules.parse((await get(`${url}/api/v1/rules`)).body).data.groups.flatMap(({ rules }) => rules),
  };
}

async function launch(config: string, data: string, onEnd: OnEnd): Promise<string> {
  if (path === null) throw new Error("prometheus is not on PATH");
  const address = `127.0.0.1:${await findFreePort()}`;
  const child = spawn(
    path,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=${address}`,
      "--log.level=warn",
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-4000)));
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  });
  onEnd(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  await eventually(async () => {
    // Its answer is no JSON.
    const ready = await get(`http://${address}/api/v1/status/runtimeinfo`).catch(() => null);
    if (ready?.status !== 200) throw new Error(`Prometheus is not ready: ${errors}`);
  }, 30_000);
  return `http://${address}`;
}
