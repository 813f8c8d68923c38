// Another version of the product: a copy of its code in a folder of its own, with some of its text changed.
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type OnEnd, withTest } from "./on-end.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export type Edit = { file: string; from: string; to: string };

/** Returns its folder, which is removed at the end. A text that is not there exactly once is an error. */
export async function makeVersion(edits: Edit[], onEnd: OnEnd = withTest): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "onetake-version-"));
  onEnd(() => rm(root, { recursive: true, force: true }));
  await cp(join(ROOT, "src"), join(root, "src"), { recursive: true });
  await cp(join(ROOT, "package.json"), join(root, "package.json"));
  await symlink(join(ROOT, "node_modules"), join(root, "node_modules"));
  for (const { file, from, to } of edits) {
    const parts = (await readFile(join(root, file), "utf8")).split(from);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times "${from}"`);
    await writeFile(join(root, file), parts.join(to));
  }
  return root;
}
