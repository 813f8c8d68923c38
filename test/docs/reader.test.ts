// What follows the pages must not let a wrong page pass.
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { blocksOf, pages } from "./support/page.ts";
import { followPage, isMissing, newFolder } from "./support/reader.ts";

/** The pages that tests of test/e2e follow. */
const FOLLOWED = ["docs/quickstart.md", "docs/integrate.md", "docs/operate.md", "docs/webhooks.md"];

const fenced = (info: string, code: string): string => `\`\`\`${info}\n${code}\n\`\`\`\n`;

async function follow(...blocks: string[]): Promise<string[]> {
  const dir = await newFolder();
  await writeFile(join(dir, "page.md"), blocks.join("\n"));
  const followed = await followPage(`.data/${basename(dir)}/page.md`, dir, { PATH: process.env["PATH"] });
  return followed.map(({ output }) => output);
}

describe.skipIf(isMissing("bash"))("a page", () => {
  test("commands that work and show what they should, beside errors that nobody shows -> followed, and told", async () => {
    const following = follow(
      fenced("ts file=said.txt", "something else"),
      fenced("sh", "name=x\necho oops >&2"),
      fenced("json file=unsaid.json", '"a file is no output"'),
      fenced("sh", 'echo "name: $name"; cat said.txt; cat unsaid.json >&2'),
      fenced("text", "name: x\nsome…else"),
      fenced("sh", "echo '{\"a\":[1,2]}'"),
      fenced("json", '{ "a": [1,\n  2] }'),
    );
    await expect(following).resolves.toEqual(["", "name: x\nsomething else\n", '{"a":[1,2]}\n']);
  });

  test.each([
    ["another output", [fenced("sh", "echo yes"), fenced("text", "no")], "shows\n\nyes"],
    ["more output", [fenced("sh", "echo yes; echo more"), fenced("text", "yes")], "more"],
    ["no output", [fenced("sh", "true"), fenced("text", "yes")], "instead of\n\nyes"],
    ["a dot where another character is", [fenced("sh", "echo 1x5"), fenced("text", "1.5")], "1x5"],
    [
      "a command that fails",
      [fenced("sh", "true"), fenced("sh", "echo why >&2; false"), fenced("sh", "true")],
      "why",
    ],
    ["a command that fails in a pipe", [fenced("sh", "false | true")], "failed"],
    ["a last command that fails", [fenced("sh", "false")], "failed"],
  ])("%s -> fails, and says where", async (_name, blocks, words) => {
    const failure = await follow(...blocks).catch((error: unknown) => String(error));
    expect(failure).toMatch(/page\.md:\d+ /);
    expect(failure).toContain(words);
  });
});

test.each(FOLLOWED)("%s -> has no block that nothing runs and nothing compares", (page) => {
  expect(pages).toContain(page);
  const blocks = blocksOf(page);
  const idle = blocks.filter(({ language, file }, index) => {
    if (file !== null || language === "sh") return false;
    return !(["text", "json"].includes(language) && blocks[index - 1]?.language === "sh");
  });
  expect(idle.map(({ line }) => line)).toEqual([]);
});
