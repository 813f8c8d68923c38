// Programs that some tests need and npm does not bring: Chromium, promtool and the like.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Where it is on PATH, or null. Tests that need it are skipped where it is not, but never in CI:
 * `test.skipIf(path === null && !process.env.CI)`.
 */
export function program(name: string): string | null {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
