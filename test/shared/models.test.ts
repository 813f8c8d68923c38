import { describe, expect, test } from "vitest";

import { defaultModel, estimateCost, models } from "../../src/shared/models.ts";
import type { Field } from "../../src/shared/models.ts";

const prices = new Map([
  ["wan2.7-t2v:720P", 100_000],
  ["wan2.7-t2v:1080P", 150_001],
]);
const estimate = (input: Record<string, string | number | boolean>, model = "wan2.7-t2v") =>
  estimateCost(model, input, prices);

describe("the estimate", () => {
  test.each([
    ["1280*720", 5, 500_000],
    ["832*1088", 2, 200_000],
    ["1920*1080", 5, 750_005],
    ["1248*1632", 15, 2_250_015],
  ])("%s for %d s -> %d micro-dollars, whole ones", (size, duration, cost) => {
    expect(estimate({ size, duration })).toBe(cost);
  });

  test("a model, a size or a tier without a price -> not known", () => {
    expect(estimate({ size: "1280*720", duration: 5 }, "wan9")).toBeNull();
    expect(estimate({ size: "640*480", duration: 5 })).toBeNull();
    expect(estimateCost("wan2.7-t2v", { size: "1280*720", duration: 5 }, new Map())).toBeNull();
  });
});

function acceptsDefault(field: Field): boolean {
  if (field.type === "choice") return field.values.includes(field.default);
  if (field.type !== "integer" || field.default === undefined) return true;
  return field.min <= field.default && field.default <= field.max;
}

describe.each(Object.entries(models))("%s", (_name, model) => {
  const { size, seconds } = model.priced;

  test("every size that it accepts -> has a price tier, and no other size has", () => {
    const field = model.input[size];
    expect(field?.type === "choice" ? [...field.values].sort() : []).toEqual(Object.keys(model.tiers).sort());
  });

  test("size and seconds -> have defaults, so that every job can be priced", () => {
    expect(model.input[size]).toMatchObject({ type: "choice", default: expect.any(String) });
    expect(model.input[seconds]).toMatchObject({ type: "integer", default: expect.any(Number) });
  });

  test("every default -> is a value that the field accepts", () => {
    expect(Object.entries(model.input).filter(([, field]) => !acceptsDefault(field))).toEqual([]);
  });
});

test("wan2.7-t2v -> what its page says, and nothing that would be cut silently", () => {
  const { path, input, tiers } = models["wan2.7-t2v"] ?? {};
  expect(path).toBe("/v3/async/wan2.7-t2v");
  expect(input).toEqual({
    prompt: { type: "text", min: 1, max: 1500, required: true },
    negative_prompt: { type: "text", min: 0, max: 500 },
    size: { type: "choice", values: Object.keys(tiers ?? {}), default: "1920*1080" },
    duration: { type: "integer", min: 2, max: 15, default: 5 },
    seed: { type: "integer", min: 0, max: 2_147_483_647 },
    audio_url: { type: "url" },
    watermark: { type: "flag", default: false },
    prompt_extend: { type: "flag", default: true },
  });
  expect(tiers).toEqual({
    "1280*720": "720P",
    "720*1280": "720P",
    "960*960": "720P",
    "1088*832": "720P",
    "832*1088": "720P",
    "1920*1080": "1080P",
    "1080*1920": "1080P",
    "1440*1440": "1080P",
    "1632*1248": "1080P",
    "1248*1632": "1080P",
  });
});

test("a job that names no model -> one that there is", () => {
  expect(Object.keys(models)).toContain(defaultModel);
});
