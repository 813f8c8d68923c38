import { Redis } from "ioredis";

/** It says quickly that a server is away or frozen, and never asks twice. */
const once = {
  retryStrategy: () => null,
  commandTimeout: 2000,
  connectTimeout: 2000,
  maxRetriesPerRequest: 0,
};

/** One command on a connection of its own. */
export async function redisCommand(
  port: number,
  name: string,
  ...words: (string | number)[]
): Promise<unknown> {
  const redis = new Redis(port, "127.0.0.1", { ...once, connectionName: "test-kit" });
  // Errors come to whoever asks.
  redis.on("error", () => undefined);
  try {
    return await redis.call(name, ...words);
  } finally {
    redis.disconnect();
  }
}

/** An answer that is a list, as text. */
export const asTexts = (answer: unknown): string[] => (Array.isArray(answer) ? answer.map(String) : []);
