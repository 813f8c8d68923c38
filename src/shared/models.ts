/** What each model accepts, as data. Source: Novita's page for wan2.7-t2v; what it would silently cut is refused. */

export type Field =
  | { type: "text"; min: number; max: number; required?: true }
  | { type: "choice"; values: readonly string[]; default: string }
  | { type: "integer"; min: number; max: number; default?: number }
  | { type: "flag"; default: boolean }
  | { type: "url" };

export type Model = {
  /** Where its tasks are submitted; paths cannot be derived from names. */
  path: string;
  /** The vendor's fields by their names on the wire; lengths in UTF-16 units. */
  input: Record<string, Field>;
  /** The price tier of each size. */
  tiers: Record<string, string>;
  /** Which input field holds the size, and which the billed seconds. */
  priced: { size: string; seconds: string };
};

const sizes720 = ["1280*720", "720*1280", "960*960", "1088*832", "832*1088"];
const sizes1080 = ["1920*1080", "1080*1920", "1440*1440", "1632*1248", "1248*1632"];
const tier = (name: string, sizes: string[]) => sizes.map((size) => [size, name] as const);

export const models: Record<string, Model> = {
  "wan2.7-t2v": {
    path: "/v3/async/wan2.7-t2v",
    input: {
      prompt: { type: "text", min: 1, max: 1500, required: true },
      negative_prompt: { type: "text", min: 0, max: 500 },
      size: { type: "choice", values: [...sizes720, ...sizes1080], default: "1920*1080" },
      duration: { type: "integer", min: 2, max: 15, default: 5 },
      seed: { type: "integer", min: 0, max: 2_147_483_647 },
      audio_url: { type: "url" },
      watermark: { type: "flag", default: false },
      prompt_extend: { type: "flag", default: true },
    },
    tiers: Object.fromEntries([...tier("720P", sizes720), ...tier("1080P", sizes1080)]),
    priced: { size: "size", seconds: "duration" },
  },
};

export const defaultModel = "wan2.7-t2v";

type Input = Record<string, string | number | boolean>;

/** Micro-dollars for one submission of this input, or null when the price is not known. `prices`: micro-dollars a second by `model:tier`. */
export function estimateCost(model: string, input: Input, prices: Map<string, number>): number | null {
  const known = models[model];
  if (!known) return null;
  const perSecond = prices.get(`${model}:${known.tiers[String(input[known.priced.size])]}`);
  return perSecond === undefined ? null : perSecond * Number(input[known.priced.seconds]);
}
