import { expect } from "vitest";
import { z } from "zod";

import type { Call, TestApi } from "./api.ts";

const Page = z.strictObject({
  data: z.array(z.looseObject({ id: z.string() })),
  next: z.string().nullable(),
});
export type Page = z.infer<typeof Page>;

/** One page of a list. */
export async function readPage(api: Pick<TestApi, "call">, path: string, options: Call = {}): Promise<Page> {
  const answer = await api.call("GET", path, options);
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 200 });
  return Page.parse(answer.json);
}

type Walk = Call & {
  /** What happens after each page. */
  meanwhile?: (page: Page, index: number) => Promise<unknown>;
};

/** Follows a list's cursors to its end. */
export async function followPages(
  api: Pick<TestApi, "call">,
  path: string,
  { meanwhile, ...options }: Walk = {},
): Promise<Page[]> {
  const pages: Page[] = [];
  for (let after: string | null = ""; after !== null; after = pages.at(-1)?.next ?? null) {
    const query = after === "" ? "" : `${path.includes("?") ? "&" : "?"}after=${after}`;
    const page = await readPage(api, `${path}${query}`, options);
    pages.push(page);
    await meanwhile?.(page, pages.length - 1);
  }
  return pages;
}

export const idsOf = (...pages: Page[]): string[] => pages.flatMap(({ data }) => data.map(({ id }) => id));
