import { setTimeout as delay } from "node:timers/promises";

/** Asks again until the answer passes; after `withinMs` the last failure is the test's. For what sends no signal. */
export async function eventually<T>(probe: () => T | Promise<T>, withinMs = 10_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
    }
    await delay(20);
  }
}
