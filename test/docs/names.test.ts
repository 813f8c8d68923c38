// What the pages name exists: files, headings, commands, variables, metrics, lines of the log.
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { problems } from "../../src/api/problem.ts";
import { apiVariables } from "../../src/shared/config/api-variables.ts";
import { sharedVariables } from "../../src/shared/config/shared-variables.ts";
import { workerVariables } from "../../src/shared/config/worker-variables.ts";
import { createMetrics } from "../../src/shared/metrics/metrics.ts";
import { showOverview } from "../../src/shared/metrics/show-overview.ts";
import { eventTypes } from "../../src/shared/webhook/event.ts";
import { simulatorVariables } from "../../src/simulator/environment.ts";
import { logLines } from "../../src/shared/log-lines.ts";
import { anchorsOf, blocksOf, pages, proseOf, readText, rowsUnder } from "./support/page.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const exists = (path: string): boolean => existsSync(join(ROOT, path));

/** Single words in backticks. */
const wordsOf = (page: string): string[] =>
  [...proseOf(page).matchAll(/`([^`\n]+)`/g)].map(([, word = ""]) => word);

test("there are pages, and they hold together by links", () => {
  expect(pages).toContain("README.md");
  expect(pages.length).toBeGreaterThan(10);
  expect(pages.flatMap(linksOf).length).toBeGreaterThan(50);
});

describe.each(pages)("%s", (page) => {
  test("a relative link -> leads to a file, and to a heading in it", () => {
    const broken = linksOf(page).filter(({ file, anchor }) => {
      if (!exists(file)) return true;
      return anchor !== "" && !anchorsOf(file).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test("a path -> names a file or a folder", () => {
    const paths = wordsOf(page).flatMap(pathIn);
    expect(paths.filter((path) => !PLACES.some((place) => exists(join(place, path))))).toEqual([]);
  });

  test("npm run … -> is a script of package.json", () => {
    const named = [...readText(page).matchAll(/\bnpm run (?:--silent )?([a-z]+)\b/g)].map(([, name]) => name);
    expect(named.filter((name) => !scripts.includes(name ?? ""))).toEqual([]);
  });

  test("a variable -> is one of the configuration, or the page's own", () => {
    const known = new Set([...variables, ...namedByCode(page), ...ofOthers]);
    const named = wordsOf(page).flatMap(
      (word) => /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=.*)?$/.exec(word)?.[1] ?? [],
    );
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

/** Where paths of the pages begin; the pages on the house shorten those of its rooms. */
const PLACES = ["", "src", "src/shared", "src/shared/store", "src/worker", "src/api"];

/** `shared/job.ts`, `test/e2e/`; a pattern or a route is no path. */
const pathIn = (word: string): string[] =>
  /^(?:[\w.-]+\/)+[\w.-]*$/.test(word) &&
  (/\.\w+$/.test(word) || /^(src|test|tools|docs|deploy|bench|examples)\//.test(word))
    ? [word]
    : [];

const Package = z.object({ scripts: z.record(z.string(), z.string()) });
const scripts = Object.keys(Package.parse(JSON.parse(readText("package.json"))).scripts);

const variables = [sharedVariables, apiVariables, workerVariables, simulatorVariables].flatMap((table) =>
  Object.keys(table),
);

/** Of the containers, and of tools that we only use. */
const ofOthers = [...readText("docker-compose.yml").matchAll(/\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b/g)].map(
  ([name]) => name,
);

/** What a page's own code sets or reads. */
const namedByCode = (page: string): string[] =>
  blocksOf(page).flatMap(({ code }) =>
    [...code.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([name]) => name),
  );

function linksOf(page: string): { file: string; anchor: string }[] {
  const targets = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = "", anchor = ""] = target.split("#");
      return { file: path === "" ? page : normalize(join(dirname(page), path)), anchor };
    });
}

test("README.md -> begins with how to get it, and then with one command", () => {
  const [first] = blocksOf("README.md");
  const lines = (first?.code ?? "").split("\n").map((line) => line.replace(/ +#.*/, ""));
  expect(lines.slice(0, 3)).toEqual([
    expect.stringMatching(/^git clone \S+\/onetake\.git$/),
    "cd onetake",
    "npm run demo",
  ]);
});

describe("docs/integrate.md", () => {
  test("what to do with each refusal -> has a row for each code, with its status", () => {
    const told = rowsUnder("docs/integrate.md", "### What to do with each refusal").flatMap(
      ([code = "", status]) => (code.startsWith("`") ? [[code.slice(1, -1), Number(status)]] : []),
    );
    expect(Object.fromEntries(told)).toEqual(
      Object.fromEntries(Object.entries(problems).map(([code, { status }]) => [code, status])),
    );
  });
});

describe("docs/operate.md", () => {
  test("a line of the log -> is in the catalogue", () => {
    const named = wordsOf("docs/operate.md").filter((word) =>
      /^(job|delivery|submit|redis|rescue|process|request)\.[a-z_]+$/.test(word),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !(name in logLines) && !eventTypes.some((type) => type === name))).toEqual(
      [],
    );
  });

  test("a metric -> is one that processes show", async () => {
    const seen = new Registry();
    showOverview(seen);
    const writePage = createMetrics({
      process: "worker",
      log: { heardBy: () => undefined },
      readOverview: noRedis,
      slotsLimit: 1,
    });
    const counted = [...(await writePage()).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
    const known = new Set([...counted, ...seen.getMetricsAsArray().map(({ name }) => name)]);
    const named = [...readText("docs/operate.md").matchAll(/\bonetake_[a-z_]+/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !known.has(name.replace(/_count$/, "")))).toEqual([]);
  });
});

const noRedis = () => Promise.reject(new Error("There is no Redis."));
