/** What the fields of requests are made of, and how a body of several kinds complains. */
import { z } from "zod";

const notText = ({ input }: { input?: unknown }): string =>
  input === undefined ? "is required" : "must be a string";

/**
 * Text whose length counts UTF-16 units (zod's own `max` counts code points, which can be half as many); half a surrogate
 * pair could not be sent on as it came.
 */
export const text = (min: number, max: number) => {
  const error = `must have at most ${max} characters`;
  return z
    .string({ error: notText })
    .min(min, { error: "must not be empty", abort: true })
    .max(max, { error, abort: true })
    .refine((value) => value.length <= max, error)
    .refine(
      (value) => value.isWellFormed(),
      "must be well-formed Unicode: it holds half of a surrogate pair",
    );
};

export const integer = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error, abort: true }).min(min, error).max(max, error);
};

export const isObject = (body: unknown): body is object =>
  typeof body === "object" && body !== null && !Array.isArray(body);

/** Whether the field that tells the kinds of a body apart says so. */
export const isOf = (body: unknown, field: string, kind: string): boolean =>
  isObject(body) && Object.entries(body).some(([name, value]) => name === field && value === kind);

/** Lists the faults of a body of no kind, of which a union would tell that one fault only. */
export function complain(schema: z.ZodType, body: unknown, context: z.RefinementCtx): void {
  for (const issue of schema.safeParse(body).error?.issues ?? []) context.addIssue({ ...issue });
}
