import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** A fenced block: ```` ```ts file=receiver.ts ```` has the language `ts` and the file `receiver.ts`. */
export type Block = {
  page: string;
  /** The `##` heading that it stands under; empty before the first. */
  section: string;
  /** Of its first line of code, 1-based. */
  line: number;
  language: string;
  file: string | null;
  code: string;
};

export const readText = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

/** The fenced blocks of a page in their order; `path` from the repository's root. */
export function blocksOf(path: string): Block[] {
  const text = readText(path);
  return [...text.matchAll(/^```(\w*)(?: +file=(\S+))?\n(.*?)^```$/gms)].map(
    ({ 1: language = "", 2: file, 3: code = "", index }) => ({
      page: path,
      section: [...text.slice(0, index).matchAll(/^## (.*)$/gm)].at(-1)?.[1] ?? "",
      line: text.slice(0, index).split("\n").length + 1,
      language,
      file: file ?? null,
      code,
    }),
  );
}

/** The page without its code. */
export const proseOf = (path: string): string => readText(path).replaceAll(/^```.*?^```$/gms, "");

/** The cells of a table's rows, with its head and its rule: the n-th one (0-based) between a heading and the next. */
export function rowsUnder(path: string, heading: string, n = 0): string[][] {
  const [, rest = ""] = proseOf(path).split(`\n${heading}\n`);
  const [section = ""] = rest.split(/^#/m);
  const [table = ""] = [...section.matchAll(/(?:^\|.*\n)+/gm)][n] ?? [];
  return table
    .trim()
    .split("\n")
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** What `#…` may name on a page, by GitHub's rule; a heading that comes again gets a number. */
export function anchorsOf(path: string): string[] {
  const count = new Map<string, number>();
  return [...proseOf(path).matchAll(/^#{1,6} +(.*?) *$/gm)].map(([, heading = ""]) => {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, "")
      .replaceAll(" ", "-");
    const seen = count.get(slug) ?? 0;
    count.set(slug, seen + 1);
    return seen === 0 ? slug : `${slug}-${seen}`;
  });
}

/** Every page that people read, from the repository's root. */
export const pages: string[] = globSync(["*.md", "{docs,deploy,test,bench,tools,src,examples}/**/*.md"], {
  cwd: ROOT,
})
  .map((path) => path.replaceAll("\\", "/"))
  .sort();
