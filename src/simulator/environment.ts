import { z } from "zod";
import type { ReceiverOptions } from "./receiver.ts";
import type { SimulatorOptions } from "./simulator.ts";

export interface Environment {
  simulator: SimulatorOptions;
  /** Absent = no receiver. */
  receiver?: ReceiverOptions;
}

const port = z.coerce.number().int().min(0).max(65_535);

const schema = z.object({
  SIMULATOR_HOST: z.string().default("127.0.0.1"),
  SIMULATOR_PORT: port.default(4010),
  SIMULATOR_API_KEY: z.string().nullable().default(null),
  SIMULATOR_SEED: z.coerce
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1),
  SIMULATOR_GENERATION_MS: z.coerce.number().min(0).default(8_000),
  RECEIVER_PORT: port.optional(),
});

/** Reads the environment; an empty variable counts as unset. Returns every fault at once, one a line. */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment | { faults: string[] } {
  const set = Object.entries(variables).filter(([, value]) => value !== undefined && value !== "");
  const read = schema.safeParse(Object.fromEntries(set));
  if (!read.success)
    return { faults: read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) };
  const { data } = read;
  const host = data.SIMULATOR_HOST;
  const settings = { apiKey: data.SIMULATOR_API_KEY, generationMs: data.SIMULATOR_GENERATION_MS };
  const simulator = { host, port: data.SIMULATOR_PORT, seed: data.SIMULATOR_SEED, settings };
  return data.RECEIVER_PORT === undefined
    ? { simulator }
    : { simulator, receiver: { host, port: data.RECEIVER_PORT } };
}
