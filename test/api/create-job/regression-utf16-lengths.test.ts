// zod counts a string's code points, so twice as many UTF-16 units as the contract allows came through: a prompt that
// Novita would have cut silently.
import { expect, test } from "vitest";
import { readyApi } from "../../support/api.ts";
import { holdings, nothing, pointersOf } from "../support.ts";

const emoji = (count: number) => "🎬".repeat(count);

test("every text one pair of surrogates too long -> each is told, nothing created", async () => {
  const api = await readyApi();
  const answer = await api.post({
    input: { prompt: emoji(751), negative_prompt: emoji(251) },
    reference: emoji(65),
    metadata: { [emoji(21)]: "v", k: emoji(251) },
    tags: [emoji(33)],
  });
  expect(pointersOf(answer)).toEqual(
    [
      "/input/prompt",
      "/input/negative_prompt",
      "/reference",
      `/metadata/${emoji(21)}`,
      "/metadata/k",
      "/tags/0",
    ].sort(),
  );
  expect(await holdings(api)).toEqual(nothing);
});
