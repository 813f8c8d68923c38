// Writes docs/logs.md from the catalogue that the code logs by; with --check only compares.
import { pathToFileURL } from "node:url";

import { keysOf } from "../src/shared/keys-of.ts";
import { logFields } from "../src/shared/log-fields.ts";
import type { FieldName } from "../src/shared/log-fields.ts";
import type { Level, Line } from "../src/shared/log-line.ts";
import { logLines } from "../src/shared/log-lines.ts";
import type { LineName } from "../src/shared/log-lines.ts";
import { keepFile } from "./keep-file.ts";
import { drawTable } from "./draw-table.ts";

const COMMAND = "node tools/logs.ts";
const PAGE = new URL("../docs/logs.md", import.meta.url);

/** The page as it should be. */
export function describeLogs(): string {
  const names = keysOf(logLines);
  const alarms = names.filter((name) => isAlarm(logLines[name].level));
  return [
    "# Logs",
    `<!-- Written by \`${COMMAND}\` from src/shared/log-*.ts: change those, not this page. -->`,
    "Each process writes JSON to its standard output, one object a line, and one line for each unit of work: a request, a " +
      "purchase, a look, the end of a job, an attempt to deliver. `LOG_LEVEL` says from which level on. Prompts, keys, " +
      "secrets and the queries of URLs never reach a log.",
    "Every line has `level`, `time` (ISO 8601), `process` (`api` or `worker`), and `msg`, which is its name below. A field " +
      "means the same in all lines, so a job's whole story is one filter: `jq 'select(.job_id == \"job_…\")'`.",
    [
      "- Lines of a request have its `request_id`, which the answer has too; those of a stage have `stage`.",
      "- What follows from a change of a job (`job.settled`, `job.recovered`, `job.unconfirmed`, `orphan_task`) is logged by " +
        "whoever makes the change, without either.",
      "- What never becomes a request (no HTTP, headers over 16 KiB, a request that does not arrive in full) is answered " +
        "with 400, 431 or 408, and is neither logged nor counted.",
    ].join("\n"),
    "## Units of work, and the life of a process",
    drawTable(
      ["line", "level", "says", "fields"],
      names
        .filter((name) => !alarms.includes(name))
        .map((name) => [code(name), describeLevels(logLines[name]), logLines[name].says, listFields(name)]),
    ),
    "## What asks for a look",
    "These lines carry `act`, what an operator should do, if there is anything to be done; so do the louder ones above.",
    drawTable(
      ["line", "level", "says", "act", "fields"],
      alarms.map((name) => {
        const line: Line = logLines[name];
        return [
          code(name),
          describeLevels(line),
          line.says,
          line.act ?? "Nothing, unless it comes often",
          listFields(name),
        ];
      }),
    ),
    "## Fields",
    drawTable(
      ["field", "is", "means"],
      keysOf(logFields).map((name) => [code(name), logFields[name].type, logFields[name].means]),
    ),
  ]
    .join("\n\n")
    .concat("\n");
}

const code = (text: string): string => `\`${text}\``;

const isAlarm = (level: Level): boolean => level === "warn" || level === "error" || level === "fatal";

function describeLevels({ level, other = {} }: Line): string {
  const others = keysOf(other).map((each) => `${code(each)}: ${describeOther(other[each])}`);
  return [code(level), ...others].join("; ");
}

const describeOther = ({ when, act }: { when: string; act?: string } = { when: "" }): string =>
  act === undefined ? when : `${when} (${act})`;

function listFields(name: LineName): string {
  const { fields, may = [] }: Line = logLines[name];
  const optional = may.map((field: FieldName) => `${code(field)}?`);
  return [...fields.map(code), ...optional].join(", ") || "none";
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const page = { file: PAGE, command: COMMAND, text: describeLogs() };
  process.exitCode = await keepFile(page, process.argv.slice(2));
}
