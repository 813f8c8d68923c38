// Grafana's dashboard and how it gets there. That every panel has something to show is in e2e/monitoring.test.ts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { describe, expect, test } from "vitest";
import { type Panel, readDashboard, readPanels } from "./support/dashboard.ts";
import { readConfig } from "./support/prometheus.ts";
import { ROOT } from "./support/run.ts";

const COLUMNS = 24;
/** Counted by each process on its own, so that only its rate or increase, added up, means anything. */
const COUNTED = /_total\b|_count\b|_bucket\b/;

type Query = { title: string; expr: string };

const panels = await readPanels();
const queries: Query[] = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));

const read = (file: string): string => readFileSync(join(ROOT, "deploy/grafana/provisioning", file), "utf8");

describe("dashboard", () => {
  test("its rows -> from money to health", async () => {
    const { panels: all } = await readDashboard();
    expect(all.filter(({ type }) => type === "row").map(({ title }) => title)).toEqual([
      "Money",
      "Flow",
      "Upstream (Novita)",
      "Delivery (webhooks)",
      "API",
      "Health",
    ]);
  });

  test("every panel -> says in a sentence what it shows, in which unit, from the chosen data source", () => {
    expect(panels.length).toBeGreaterThan(30);
    expect(panels.filter((panel) => !isWell(panel)).map(({ title }) => title)).toEqual([]);
  });

  test("panels -> each with an id of its own, in a place of its own, within the width", async () => {
    const { panels: all } = await readDashboard();
    const ids = all.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    expect(all.filter(({ gridPos: { x, w } }) => x + w > COLUMNS)).toEqual([]);
    const pairs = all.flatMap((one, index) => all.slice(index + 1).map((other) => [one, other] as const));
    expect(
      pairs.filter(([one, other]) => overlap(one, other)).map(([one, other]) => [one.title, other.title]),
    ).toEqual([]);
  });

  test("a query's rate -> over Grafana's own interval, which fits the time between scrapes", () => {
    const windows = queries.flatMap(({ expr }) =>
      [...expr.matchAll(/\[([^\]]+)\]/g)].map(([, window]) => window),
    );
    expect(new Set(windows)).toEqual(new Set(["$__rate_interval", "24h"]));
  });

  test("what processes count -> added up; what all of them see in Redis -> not", () => {
    expect(queries.filter((query) => isSummed(query) !== isCounted(query))).toEqual([]);
  });

  test("a counter -> shown by its rate or its increase; a gauge -> as it is", () => {
    expect(queries.filter((query) => isRate(query) !== COUNTED.test(query.expr))).toEqual([]);
  });

  test("its data source -> chosen on the page", async () => {
    const { templating } = await readDashboard();
    expect(templating.list.map(({ name, type }) => [name, type])).toEqual([["datasource", "datasource"]]);
  });
});

describe("provisioning", () => {
  test("the data source -> the Prometheus of the same compose file, at its pace", async () => {
    const { global } = await readConfig();
    expect(parse(read("datasources/prometheus.yml"))).toMatchObject({
      datasources: [
        {
          type: "prometheus",
          url: "http://prometheus:9090",
          isDefault: true,
          jsonData: { timeInterval: global.scrape_interval },
        },
      ],
    });
  });

  test("the dashboards -> from where docker-compose.yml puts them", () => {
    const { providers } = parse(read("dashboards/onetake.yml"));
    const compose = readFileSync(join(ROOT, "docker-compose.yml"), "utf8");
    expect(compose).toContain(`./deploy/grafana/dashboards:${providers[0].options.path}:ro`);
  });
});

function overlap({ gridPos: one }: Panel, { gridPos: other }: Panel): boolean {
  const apart =
    one.x + one.w <= other.x ||
    other.x + other.w <= one.x ||
    one.y + one.h <= other.y ||
    other.y + other.h <= one.y;
  return !apart;
}

const isWell = ({ description, fieldConfig, datasource, targets }: Panel): boolean =>
  /^.{20,}\.$/s.test(description) &&
  (fieldConfig?.defaults.unit ?? "") !== "" &&
  datasource?.uid === "${datasource}" &&
  targets.length > 0;

const isSummed = ({ expr }: Query): boolean => /\bsum\b/.test(expr);

const isCounted = ({ expr }: Query): boolean =>
  (COUNTED.test(expr) && !expr.includes("onetake_redis_")) || expr.includes("up{");

const isRate = ({ expr }: Query): boolean => /\b(rate|increase)\(/.test(expr);
