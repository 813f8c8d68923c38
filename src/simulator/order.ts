import { z } from "zod";

/** A valid body of `POST /v3/async/wan2.7-t2v`, and what it costs. */
export interface Order {
  prompt: string;
  duration: number;
  tier: Tier;
  seed: number;
  chargeMicros: number;
}

export const MODEL = "wan2.7-t2v";

type Tier = keyof typeof pricePerSecondMicros;

const pricePerSecondMicros = { "720P": 100_000, "1080P": 150_000 };

const cheapSizes = ["1280*720", "720*1280", "960*960", "1088*832", "832*1088"] as const;
const dearSizes = ["1920*1080", "1080*1920", "1440*1440", "1632*1248", "1248*1632"] as const;

/** Novita ignores fields it does not know, and cuts long prompts without a word. */
const bodySchema = z.object({
  prompt: z.string().min(1),
  negative_prompt: z.string().optional(),
  size: z.enum([...cheapSizes, ...dearSizes]).default("1920*1080"),
  duration: z.int().min(2).max(15).default(5),
  seed: z.int().min(0).max(2147483647).default(0),
  audio_url: z.url().optional(),
  watermark: z.boolean().optional(),
  prompt_extend: z.boolean().optional(),
});

/** Returns the order, or what is wrong with the body. */
export function readOrder(body: unknown): Order | { fault: string } {
  const read = bodySchema.safeParse(body);
  if (!read.success) return { fault: z.prettifyError(read.error) };
  const { prompt, size, duration, seed } = read.data;
  const tier = dearSizes.some((dear) => dear === size) ? "1080P" : "720P";
  return { prompt, duration, tier, seed, chargeMicros: duration * pricePerSecondMicros[tier] };
}
