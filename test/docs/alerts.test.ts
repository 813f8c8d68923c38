// Every alert has a heading in docs/operate.md that says what to do, and every heading an alert.
import { expect, test } from "vitest";
import { readAlerts } from "../deploy/support/prometheus.ts";
import { anchorsOf, readText } from "./support/page.ts";

const rules = await readAlerts();
const [, section = ""] = readText("docs/operate.md").split(/^## Alerts$/m);
const headings = [...section.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);

test("there are alerts", () => {
  expect(rules.length).toBeGreaterThan(10);
});

test("the headings under Alerts -> are the rules' names, in their order", () => {
  expect(headings).toEqual(rules.map(({ alert }) => alert));
});

test.each(rules)("$alert -> leads to its own heading", ({ alert, annotations }) => {
  expect(annotations["runbook_url"]).toBe(`docs/operate.md#${alert.toLowerCase()}`);
  expect(anchorsOf("docs/operate.md")).toContain(alert.toLowerCase());
});

test("under each heading -> something to do", () => {
  const parts = section.split(/^### .*$/m).slice(1);
  expect(parts.filter((part) => part.trim().length < 40)).toEqual([]);
});
