// Writes docs/configuration.md from the schemas that check the environment; with --check only compares.
import { pathToFileURL } from "node:url";
import { z } from "zod";

import { about } from "../src/shared/config/about.ts";
import { apiVariables } from "../src/shared/config/api-variables.ts";
import { sharedVariables, storeVariables } from "../src/shared/config/shared-variables.ts";
import { workerVariables } from "../src/shared/config/worker-variables.ts";
import { simulatorVariables } from "../src/simulator/environment.ts";
import { drawTable } from "./draw-table.ts";
import { keepFile } from "./keep-file.ts";

const COMMAND = "node tools/configuration.ts";
const PAGE = new URL("../docs/configuration.md", import.meta.url);

type Variables = Record<string, z.ZodType>;

const Writable = z.union([z.string(), z.number(), z.null()]);

const OF_REDIS = `Redis is checked on first contact, after each new connection and every 15 s, on a Cluster each primary. A server older than 6.2, one that evicts keys
(\`maxmemory-policy\` must be \`noeviction\`), and a read-only replica do not meet the requirements: at first the process ends with exit code 78
and says what to change; later, with work under way, it logs \`redis.unfit\` and waits, not ready, until the server is fit.
\`SUBMIT_DURABILITY=fsync\` and \`INTAKE_DURABILITY=fsync\` also need \`appendonly yes\` on 7.2 or later, or \`appendfsync always\`. A server
without an append-only file gets a warning in the log (\`redis.no_aof\`), and so does one that is set up otherwise than is advised
(\`redis.at_risk\`). What each setting loses in a crash: [operate.md](operate.md#redis).`;

/** The page as it should be. */
export function describeConfiguration(): string {
  const stored = Object.keys(storeVariables).map((name) => `\`${name}\``);
  return [
    "# Configuration",
    `<!-- Written by \`${COMMAND}\` from src/shared/config/ and src/simulator/environment.ts: change those, not this page. -->`,
    `Both processes are configured by environment variables only. All of them are checked at start; a process that finds a
fault lists every fault and ends with exit code 78. An empty variable counts as unset. A variable that
both processes read should be the same in both. \`npm run keys\` reads ${stored.slice(0, -1).join(", ")} and ${stored.at(-1)}.`,
    "## Both",
    drawVariables(sharedVariables),
    "## API",
    drawVariables(apiVariables),
    "## Worker",
    drawVariables(workerVariables),
    "## Redis",
    OF_REDIS,
    "## The simulator",
    "`npm run simulator` reads these.",
    drawVariables(simulatorVariables),
  ]
    .join("\n\n")
    .concat("\n");
}

function drawVariables(variables: Variables): string {
  const rows = Object.entries(variables).map(([name, schema]) => describeVariable(name, schema));
  return drawTable(["variable", "default", "unit", "meaning"], rows);
}

/** Throws for a variable that does not say what it is for. */
function describeVariable(name: string, schema: z.ZodType): string[] {
  const told = about.get(schema);
  if (told === undefined) throw new Error(`${name} does not say what it is for: register it in about.`);
  const example = told.example === undefined ? "" : `. Example: \`${told.example}\``;
  return [`\`${name}\``, describeDefault(schema), told.unit ?? "", told.meaning + example];
}

/** The default as one would write it into the environment. */
export function describeDefault(schema: z.ZodType): string {
  if (!schema.safeParse(undefined).success) return "required";
  const hasDefault = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  const value = Writable.parse(hasDefault ? schema.def.defaultValue : null);
  return value === null ? "none" : `\`${value}\``;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const page = { file: PAGE, command: COMMAND, text: describeConfiguration() };
  process.exitCode = await keepFile(page, process.argv.slice(2));
}
