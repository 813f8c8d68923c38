import type { LookOutcome } from "./novita/classify.ts";
import type { NovitaClient } from "./novita/client.ts";

/** One look at a task, and how long it took. */
export async function timedLook(
  novita: Pick<NovitaClient, "look">,
  taskId: string,
): Promise<{ look: LookOutcome; durationMs: number }> {
  const startedAt = performance.now();
  const look = await novita.look(taskId);
  return { look, durationMs: Math.round(performance.now() - startedAt) };
}
