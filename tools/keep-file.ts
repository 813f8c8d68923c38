import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";

/** A file that is made of others and kept in the repository, and the command that makes it. */
export type Generated = { file: URL; command: string; text: string };

/** Writes the file; with --check only compares. Returns the exit code. */
export async function keepFile({ file, command, text }: Generated, args: string[]): Promise<number> {
  if (args.includes("--check")) {
    const present = await readFile(file, "utf8").catch(() => "");
    if (present === text) return 0;
    console.error(`${basename(file.pathname)} is out of date: run \`${command}\` and commit the file.`);
    return 1;
  }
  await mkdir(new URL(".", file), { recursive: true });
  await writeFile(file, text);
  return 0;
}
