/** What load balancers are told. */
import { z } from "zod";

export const aliveAnswer = z
  .strictObject({ status: z.literal("ok") })
  .meta({ id: "Alive", description: "All is well.", examples: [{ status: "ok" }] });
