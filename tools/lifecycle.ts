// Writes docs/lifecycle.md from the tables that the code runs on; with --check only compares.
import { pathToFileURL } from "node:url";

import { jobErrors } from "../src/shared/errors.ts";
import { isTerminal, jobStatuses, transitions } from "../src/shared/job.ts";
import { keysOf } from "../src/shared/keys-of.ts";
import { recoverableErrors } from "../src/shared/settle.ts";
import { drawTable } from "./draw-table.ts";
import { keepFile } from "./keep-file.ts";

const COMMAND = "node tools/lifecycle.ts";
const PAGE = new URL("../docs/lifecycle.md", import.meta.url);

/** The page as it should be. */
export function describeLifecycle(): string {
  return [
    "# The life of a job",
    `<!-- Written by \`${COMMAND}\` from src/shared/job.ts and src/shared/errors.ts: change those, not this page. -->`,
    "A job's record moves by the transitions below and by nothing else: the script that writes a change refuses it " +
      "unless the record still has the version that was read, and a status from which the transition may start.",
    ["```mermaid", ...drawStates(), "```"].join("\n"),
    "## Statuses",
    drawTable(
      ["status", "meaning", "ends the job"],
      keysOf(jobStatuses).map((name) => [`\`${name}\``, jobStatuses[name], isTerminal(name) ? "yes" : "no"]),
    ),
    "The one way out of a status that ends the job is `recover`: a video that is paid for is kept whenever it arrives. " +
      `It leaves \`failed\` only when the error is one of ${[...recoverableErrors].map((code) => `\`${code}\``).join(", ")}.`,
    "## Transitions",
    drawTable(
      ["transition", "from", "to", "why"],
      keysOf(transitions).map((name) => {
        const { from, to, why } = transitions[name];
        return [`\`${name}\``, from.map((status) => `\`${status}\``).join(", "), `\`${to}\``, why];
      }),
    ),
    "## Errors",
    "The `code` of a job's `error`. `retryable` says whether the same request may well succeed as a new job; that is a " +
      "new purchase.",
    drawTable(
      ["code", "message unless the upstream says more", "retryable"],
      keysOf(jobErrors).map((code) => [
        `\`${code}\``,
        jobErrors[code].message,
        jobErrors[code].retryable ? "yes" : "no",
      ]),
    ),
  ]
    .join("\n\n")
    .concat("\n");
}

/** One arrow for each pair of statuses, labelled with every transition between them. */
function drawStates(): string[] {
  const labels = new Map<string, string[]>();
  for (const name of keysOf(transitions)) {
    const { from, to } = transitions[name];
    for (const status of from) {
      const arrow = `${status} --> ${to}`;
      labels.set(arrow, [...(labels.get(arrow) ?? []), name]);
    }
  }
  const arrows = [...labels].map(([arrow, names]) => `  ${arrow}: ${names.join(", ")}`);
  const ends = keysOf(jobStatuses).filter(isTerminal);
  return ["stateDiagram-v2", "  [*] --> queued", ...arrows, ...ends.map((status) => `  ${status} --> [*]`)];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const page = { file: PAGE, command: COMMAND, text: describeLifecycle() };
  process.exitCode = await keepFile(page, process.argv.slice(2));
}
