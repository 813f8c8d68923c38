/** What load balancers are told. */
import { z } from "zod";

import type { Answer } from "../answers.ts";

export const aliveAnswer = z
  .strictObject({ status: z.literal("ok") })
  .meta({ id: "Alive", description: "All is well.", examples: [{ status: "ok" }] });

/** Lines of names, labels and numbers, as Prometheus reads them. */
export const metricsAnswer = {
  description: "Prometheus' text format, version 0.0.4.",
  headers: [],
  content: { "text/plain": { schema: z.string().meta({ examples: ["onetake_redis_up 1\n"] }) } },
} satisfies Answer;
