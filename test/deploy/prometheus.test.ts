// deploy/prometheus, judged by Prometheus' own tool. That its alerts find their metrics is in e2e/monitoring.test.ts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { program } from "../support/program.ts";
import { copyConfig, readAlerts, readAlertTests, readConfig } from "./support/prometheus.ts";
import { ROOT, run } from "./support/run.ts";

const promtool = program("promtool");
const tool = promtool ?? "promtool";

/** What the processes show of Redis, which is the same in each of them. */
const SEEN_IN_REDIS =
  /onetake_(jobs\{|oldest_queued|slots_|breaker_open\b|submissions_paused|records_(overdue|set_aside)|queue_entries|redis_(memory|aof))/;

const Tests = z.object({
  tests: z.array(
    z
      .object({
        name: z.string(),
        promql_expr_test: z.array(z.object({ expr: z.string(), exp_samples: z.array(z.unknown()) }).loose()),
      })
      .loose(),
  ),
});

const alerts = await readAlerts();
const names = alerts.map(({ alert }) => alert);

describe.skipIf(promtool === null && !process.env["CI"])("promtool", () => {
  test("prometheus.yml and its rules -> well formed", async () => {
    const { dir, remove } = await copyConfig("any");
    onTestFinished(remove);
    const { code, output } = await run([tool, "check", "config", join(dir, "prometheus.yml")]);
    expect(output).toContain(`SUCCESS: ${names.length} rules found`);
    expect(code).toBe(0);
  });

  test("alerts.test.yml -> each alert tells when it should, and is quiet when it should", async () => {
    const { code, output } = await run([tool, "test", "rules", "deploy/prometheus/alerts.test.yml"]);
    expect(output).toContain("SUCCESS");
    expect(code).toBe(0);
  });
});

describe("alerts.test.yml", async () => {
  const cases = Tests.parse(await readAlertTests()).tests.flatMap((one) => one.promql_expr_test);
  const of = (alert: string) => cases.filter(({ expr }) => expr.includes(`alertname="${alert}"`));

  const without = (isWanted: (samples: unknown[]) => boolean): string[] =>
    names.filter((alert) => !of(alert).some(({ exp_samples }) => isWanted(exp_samples)));

  test("every alert -> has a case in which it tells, and one in which it is quiet", () => {
    expect(without((samples) => samples.length > 0)).toEqual([]);
    expect(without((samples) => samples.length === 0)).toEqual([]);
  });
});

describe("alerts.yml", () => {
  const guide = readFileSync(join(ROOT, "docs/operate.md"), "utf8");

  test.each(alerts)("$alert -> says how bad it is, what it means, and where to read on", (rule) => {
    expect(["critical", "warning"]).toContain(rule.labels["severity"]);
    expect(Object.keys(rule.annotations).sort()).toEqual(["description", "runbook_url", "summary"]);
    expect(rule.annotations["runbook_url"]).toBe(`docs/operate.md#${rule.alert.toLowerCase()}`);
    expect(guide).toContain(`\n### ${rule.alert}\n`);
  });

  test("names -> each once", () => {
    expect(names).toEqual([...new Set(names)]);
  });

  test("what every process sees in Redis alike -> its maximum is taken, never the sum", () => {
    const seen = alerts.filter(({ expr }) => SEEN_IN_REDIS.test(expr));
    expect(seen.length).toBeGreaterThan(10);
    expect(seen.filter(({ expr }) => !expr.includes("max(") || expr.includes("sum"))).toEqual([]);
  });
});

test("prometheus.yml -> asks every API and every worker, however many there are", async () => {
  const { scrape_configs } = await readConfig();
  const asked = scrape_configs.map(({ job_name, dns_sd_configs }) => {
    const [{ names: [name], type, port } = { names: [], type: "", port: 0 }] = dns_sd_configs;
    return `${job_name}: ${name}:${port} by ${type}`;
  });
  expect(asked).toEqual(["onetake-api: api:3000 by A", "onetake-worker: worker:3001 by A"]);
});
