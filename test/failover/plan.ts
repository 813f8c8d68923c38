// Which scenarios are run with which settings.
import type { RedisBinary } from "../../tools/redis.ts";
import { type Scenario, scenarios, type Setting } from "./scenario.ts";

export type Planned = { scenario: Scenario; setting: Setting; version: string };

type Available = { eight: RedisBinary | null; hasStrace: boolean };

const loose: Setting = { appendfsync: "everysec", minReplicas: 0, submit: "memory", intake: "memory" };

/** One server: what a process' death and a power cut leave of its file. */
const ofOneServer: Setting[] = [loose, { ...loose, appendfsync: "always", submit: "fsync", intake: "fsync" }];
/** What only Redis 7.2 and later can: confirm that the file holds a write, without syncing for each. */
const ofEight: Setting[] = [
  { ...loose, submit: "auto" },
  { ...loose, submit: "fsync", intake: "fsync" },
];
/** Several servers: what a new primary does not know. */
const ofSeveral: Setting[] = [
  loose,
  { ...loose, submit: "auto" },
  { ...loose, minReplicas: 1, submit: "replica", intake: "replica" },
];

export function makePlan({ eight, hasStrace }: Available): Planned[] {
  const all: Scenario[] = Object.values(scenarios);
  return all
    .filter(({ name }) => hasStrace || name !== "power cut")
    .flatMap((scenario) => planOf(scenario, eight));
}

function planOf(scenario: Scenario, eight: RedisBinary | null): Planned[] {
  const settings = scenario.on === "one server" ? ofOneServer : ofSeveral;
  const planned = settings.map((setting) => ({ scenario, setting, version: "system's" }));
  if (eight === null || scenario.on !== "one server") return planned;
  return [
    ...planned,
    ...ofEight.map((each) => ({ scenario, setting: { ...each, server: eight }, version: "8" })),
  ];
}
