// What docs/operate.md tells operators of lines, labels and proxies is what the product does.
import { describe, expect, test } from "vitest";
import type { Line } from "../../src/shared/log-line.ts";
import { logLines } from "../../src/shared/log-lines.ts";
import { mayReadMetrics } from "../../src/shared/metrics/may-read-metrics.ts";
import { stages } from "../../src/shared/queues.ts";
import { blocksOf, readText } from "./support/page.ts";

const PAGE = "docs/operate.md";

/** What stands under a heading of the third level. */
function under(heading: string): string {
  const [, rest = ""] = readText(PAGE).split(`\n### ${heading}\n`);
  return rest.split(/^##+ /m)[0] ?? "";
}

test("ErrorsLogged: each such line says what to do -> the catalogue has an act for each", () => {
  expect(under("ErrorsLogged")).toContain("Each says what to do in `act`");
  const loud = Object.entries<Line>(logLines).flatMap(([name, line]) => [
    ...(isLoud(line.level) ? [{ name, act: line.act }] : []),
    ...Object.entries(line.other ?? {}).flatMap(([level, { act }]) => (isLoud(level) ? [{ name, act }] : [])),
  ]);
  expect(loud.length).toBeGreaterThan(10);
  expect(loud.filter(({ act }) => act === undefined)).toEqual([]);
});

const isLoud = (level: string): boolean => level === "error" || level === "fatal";

test("RescueBusy: what to do -> for each thing that is rescued, jobs first", () => {
  const items = [...under("RescueBusy").matchAll(/^- ((?:`\w+`(?:, )?)+): /gm)];
  const named = items.map(([, labels = ""]) => [...labels.matchAll(/\w+/g)].map(([label]) => label));
  expect(named).toEqual([["job"], [...stages]]);
});

const snippet = (file: string): string => blocksOf(PAGE).find((block) => block.file === file)?.code ?? "";

describe("the proxy before the API", () => {
  const local = { host: "127.0.0.1:3000" };

  test("one on the same machine that says nothing of itself -> cannot be told from somebody on the machine", () => {
    expect(mayReadMetrics({ address: "127.0.0.1", headers: local }, undefined)).toBe(true);
  });

  test("nginx as the page has it -> says for whom it speaks and under which name, either of which is enough", () => {
    const sets = [...snippet("nginx.conf").matchAll(/^ +proxy_set_header (\S+) (\S+);$/gm)];
    const said = Object.fromEntries(sets.map(([, name = "", value]) => [name.toLowerCase(), value]));
    expect(said).toMatchObject({ "x-forwarded-for": "$remote_addr", host: "$host" });
    for (const headers of [{ ...local, "x-forwarded-for": "203.0.113.9" }, { host: "onetake.example.com" }]) {
      expect(mayReadMetrics({ address: "127.0.0.1", headers }, undefined)).toBe(false);
    }
  });

  test("nginx and Caddy as the page has them -> keep what is the operator's to themselves", () => {
    const closed = [...snippet("nginx.conf").matchAll(/^location (?:= )?(\S+) \{ return 404; \}$/gm)];
    expect(closed.map(([, path]) => path)).toEqual(["/metrics", "/admin", "/v1/admin"]);
    expect(snippet("Caddyfile")).toMatch(
      /^ +@inside path \/metrics \/admin \/admin\/\* \/v1\/admin \/v1\/admin\/\*$/m,
    );
    expect(snippet("Caddyfile")).toMatch(/^ +respond @inside 404$/m);
  });
});
