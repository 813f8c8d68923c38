// Prometheus' configuration, as this machine can use it.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { ROOT } from "./run.ts";

const Config = z.looseObject({
  global: z.looseObject({ scrape_interval: z.string() }),
  scrape_configs: z.array(
    z.looseObject({
      job_name: z.string(),
      authorization: z.looseObject({ credentials_file: z.string() }),
      dns_sd_configs: z.array(
        z.object({ names: z.array(z.string()), type: z.string(), port: z.number() }).loose(),
      ),
    }),
  ),
});
export type Config = z.infer<typeof Config>;

const Alert = z.object({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
});
export type Alert = z.infer<typeof Alert>;

const Rules = z.object({ groups: z.array(z.object({ rules: z.array(Alert) })) });

const readYaml = async (file: string): Promise<unknown> =>
  parse(await readFile(join(ROOT, "deploy/prometheus", file), "utf8"), { merge: true });

export const readConfig = async (): Promise<Config> => Config.parse(await readYaml("prometheus.yml"));

export const readAlerts = async (): Promise<Alert[]> =>
  Rules.parse(await readYaml("alerts.yml")).groups.flatMap(({ rules }) => rules);

export const readAlertTests = (): Promise<unknown> => readYaml("alerts.test.yml");

/** A copy of deploy/prometheus with the operator's key in it, changed as the machine needs it. */
export async function copyConfig(
  key: string,
  change: (config: Config) => object = (config) => config,
): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "onetake-prometheus-"));
  await cp(join(ROOT, "deploy/prometheus"), dir, { recursive: true });
  await writeFile(join(dir, "admin-key"), key, { mode: 0o600 });
  const config = await readConfig();
  for (const { authorization } of config.scrape_configs)
    authorization.credentials_file = join(dir, "admin-key");
  await writeFile(join(dir, "prometheus.yml"), stringify(change(config)));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}
