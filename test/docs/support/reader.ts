// Follows a page as its reader does: saves the files, types the commands into one bash, compares what is shown.
import { spawn } from "node:child_process";
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { program } from "../../support/program.ts";
import { type Block, blocksOf } from "./page.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SHOWN = new Set(["text", "json"]);

/** Whether a program that the reader needs is missing; in CI its absence fails the test instead. */
export const isMissing = (...programs: string[]): boolean =>
  programs.some((name) => program(name) === null) && !process.env["CI"];

type Step = { block: Block; shown: Block | null };

/** A block of commands that went well, and what it showed. */
export type Followed = { code: string; output: string };

/**
 * Runs the shell blocks of a page in their order, each until it ends, and fails at the first that fails or that shows
 * something else than the block of output below it. Files are those of the page's other blocks. Of the page's sections
 * only those that `isWanted` are read; what comes before the first always is. Returns the shell blocks.
 */
export async function followPage(
  path: string,
  dir: string,
  env: NodeJS.ProcessEnv,
  isWanted = (_section: string): boolean => true,
): Promise<Followed[]> {
  const blocks = blocksOf(path).filter(({ section }) => section === "" || isWanted(section));
  for (const { file, code } of blocks) if (file !== null) await writeFile(join(dir, file), code);
  const steps = stepsOf(blocks);
  const { outputs, tail } = await runBash(steps, dir, env);
  return steps.map(({ block, shown }, index) => {
    const where = `${path}:${block.line}`;
    const output = outputs[index];
    if (output === undefined) throw new Error(`${where} failed:\n${block.code}\n${tail}`);
    if (shown && !isAsShown(output, shown)) {
      throw new Error(`${where} shows\n\n${output}\ninstead of\n\n${shown.code}`);
    }
    return { code: block.code, output };
  });
}

const stepsOf = (blocks: Block[]): Step[] =>
  blocks.flatMap((block, index) => {
    if (block.language !== "sh") return [];
    const next = blocks[index + 1];
    return [{ block, shown: next && next.file === null && SHOWN.has(next.language) ? next : null }];
  });

/** `…` stands for any text. JSON may be laid out as one likes. */
function isAsShown(output: string, { language, code }: Pick<Block, "language" | "code">): boolean {
  const tidy = (text: string) => (language === "json" ? text.replaceAll(/\s+/g, "") : text.trim());
  const parts = tidy(code)
    .split("…")
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join("[^]*?")}$`).test(tidy(output));
}

/** A folder inside the repository, where packages can be imported from; it goes with the test. */
export async function newFolder(): Promise<string> {
  await mkdir(join(ROOT, ".data"), { recursive: true });
  const dir = await mkdtemp(join(ROOT, ".data", "reader-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

/** What each step showed, as far as they went well; `tail`: what the one that failed had to say. */
async function runBash(steps: Step[], dir: string, env: NodeJS.ProcessEnv) {
  const script = join(dir, "commands.sh");
  const outputOf = (index: number) => join(dir, `output-${index}`);
  const errorsOf = (index: number) => join(dir, `errors-${index}`);
  const typed = steps.map(
    ({ block }, index) => `exec > "${outputOf(index)}" 2> "${errorsOf(index)}"\n${block.code}`,
  );
  await writeFile(script, ["set -e -o pipefail", ...typed, `exec > "${outputOf(steps.length)}"`].join("\n"));
  await startBash(script, dir, env);
  const outputs = await Promise.all(
    [...steps.keys(), steps.length].map((index) => readIfThere(outputOf(index))),
  );
  const reached = outputs.filter((output) => output !== undefined);
  const last = reached.length - 1;
  const errors = await readIfThere(errorsOf(last));
  return { outputs: reached.slice(0, -1), tail: `${reached[last] ?? ""}${errors ?? ""}` };
}

const readIfThere = (file: string): Promise<string | undefined> =>
  readFile(file, "utf8").catch(() => undefined);

/** Resolves when bash has ended, well or not; whatever it left running ends with the test. */
function startBash(script: string, dir: string, env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn("bash", [script], { cwd: dir, env, stdio: "ignore", detached: true });
  onTestFinished(() => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // All of them have ended.
    }
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => resolve());
  });
}
