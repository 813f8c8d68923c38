import { z } from "zod";

const settingsSchema = z.strictObject({
  /** null = any non-empty Bearer key. */
  apiKey: z.string().min(1).nullable(),
  /** The wallet in micro-dollars; null = it never runs dry. Charges are taken from it. */
  balanceMicros: z.int().nullable(),
  /** Submits a minute; null = no limit. */
  rpm: z.int().min(1).nullable(),
  /** Unfinished tasks at once; null = no limit. */
  concurrency: z.int().min(0).nullable(),
  /** The form of Retry-After when `rpm` or `concurrency` refuses. */
  retryAfter: z.enum(["seconds", "date", "garbage", "none"]),
  /** The mean for 5 s of video at 720P. */
  generationMs: z.number().min(0),
  /** Multiplies every generation time, ordered ones too; 0 = at once. */
  timeScale: z.number().min(0),
  urlTtlS: z.int().min(1).max(604_800),
  /** How long a finished task answers looks; then 404. */
  retentionS: z.int().min(0),
  /** Sign a video's link once, at the task's end, instead of at each look. */
  sameUrl: z.boolean(),
});

export type Settings = z.infer<typeof settingsSchema>;

export const defaultSettings: Settings = {
  apiKey: null,
  balanceMicros: null,
  rpm: null,
  concurrency: null,
  retryAfter: "seconds",
  generationMs: 8_000,
  timeScale: 1,
  urlTtlS: 3_600,
  retentionS: 86_400,
  sameUrl: false,
};

/** @throws ZodError for an unknown name or a value out of range. */
export function changeSettings(current: Settings, change: object): Settings {
  return settingsSchema.parse({ ...current, ...change });
}
