import { z } from "zod";

import { about } from "../shared/config/about.ts";
import type { ReceiverOptions } from "./receiver.ts";
import type { SimulatorOptions } from "./simulator.ts";

export interface Environment {
  simulator: SimulatorOptions;
  /** Absent = no receiver. */
  receiver?: ReceiverOptions;
}

const port = z.coerce.number().int().min(0).max(65_535);

export const simulatorVariables = {
  SIMULATOR_HOST: z.string().default("127.0.0.1").register(about, { meaning: "the address to listen on" }),
  SIMULATOR_PORT: port.default(4010).register(about, { meaning: "the port" }),
  SIMULATOR_API_KEY: z
    .string()
    .nullable()
    .default(null)
    .register(about, { meaning: "the only key it accepts; without it any" }),
  SIMULATOR_SEED: z.coerce
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1)
    .register(about, { meaning: "the same seed and requests give the same generation times" }),
  SIMULATOR_GENERATION_MS: z.coerce
    .number()
    .min(0)
    .default(8_000)
    .register(about, { unit: "ms", meaning: "the mean time for five seconds of video at 720P" }),
  RECEIVER_PORT: port
    .optional()
    .register(about, { meaning: "also start a webhook receiver, on this port", example: "4011" }),
};

const schema = z.object(simulatorVariables);

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
