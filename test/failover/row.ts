import type { Outcome } from "./run.ts";
import type { Scenario, Setting } from "./scenario.ts";

const COLUMNS: [keyof Outcome, string][] = [
  ["acknowledged", "acknowledged"],
  ["absent", "of them absent"],
  ["paidTwice", "paid twice"],
  ["unknownTasks", "tasks no job knows"],
  ["untold", "events not told"],
  ["unconfirmed", "unconfirmed"],
  ["unfinished", "not at rest"],
  ["refused", "refused"],
  ["gapMs", "gap, ms"],
];

export const HEAD = [
  "Redis",
  "fault",
  "version",
  "appendfsync",
  "min-replicas-to-write",
  "SUBMIT_DURABILITY",
  "INTAKE_DURABILITY",
  ...COLUMNS.map(([, title]) => title),
];

/** One line of the table. `version`: of the server. `outcome`: a text says why there is none. */
export function rowOf(
  scenario: Scenario,
  setting: Setting,
  version: string,
  outcome: Outcome | string,
): string[] {
  const { appendfsync, minReplicas, submit, intake } = setting;
  const replicas = scenario.on === "one server" ? "-" : String(minReplicas);
  const told = typeof outcome === "string" ? [outcome] : COLUMNS.map(([name]) => String(outcome[name]));
  return [scenario.on, scenario.name, version, appendfsync, replicas, submit, intake, ...told];
}
