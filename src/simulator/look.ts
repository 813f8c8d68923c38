import { json, type Answer } from "./answer.ts";
import { directiveAt } from "./faults/fault.ts";
import { signUrl } from "./files.ts";
import { taskNotFound } from "./refusals.ts";
import { describeTask } from "./describe-task.ts";
import type { Simulation } from "./simulation.ts";
import type { TaskResult } from "./task-result.ts";
import { endsAt, type Task } from "./tasks.ts";

/** One GET of a task. `base` is the simulator's address as the caller knows it, for the video's link. */
export function lookAtTask(simulation: Simulation, taskId: string, base: string): Answer {
  const { ledger, armed, clock } = simulation;
  ledger.counters.looks += 1;
  const task = ledger.find(taskId);
  if (task === undefined) {
    ledger.counters.looksAtUnknown += 1;
    return taskNotFound();
  }
  task.looks += 1;
  const normal = () => answerHonestly(simulation, task, base);
  const directive = directiveAt(task.script.poll, task.looks - 1) ?? armed.take("poll");
  if (directive === undefined) return normal();
  ledger.counters.faults += 1;
  return directive.fault.answer({ normal, argument: directive.argument, look: task.looks, now: clock() });
}

function answerHonestly(simulation: Simulation, task: Task, base: string): Answer {
  const now = simulation.clock();
  if (now >= endsAt(task) + simulation.settings.retentionS * 1000) return taskNotFound();
  const result = describeTask(task, now, signLink(simulation, task, base));
  if (now >= endsAt(task)) task.honestLooksSinceEnd += 1;
  return result ? json(200, shape(simulation, task, result)) : taskNotFound();
}

function signLink(
  { settings, signingKey, clock }: Simulation,
  task: Task,
  base: string,
): { url: string; ttlS: number } {
  const signedAt = settings.sameUrl ? Math.min(endsAt(task), clock()) : clock();
  return { url: signUrl(base, task.fileId, signedAt, settings.urlTtlS, signingKey), ttlS: settings.urlTtlS };
}

function shape({ armed }: Simulation, { script, looks }: Task, result: TaskResult): TaskResult {
  const ordered = script.shape.filter(({ times }) => times === null || looks <= times);
  const strewn = armed.take("shape");
  const all = strewn ? [...ordered, strewn] : ordered;
  return all.reduce((shaped, { fault, argument }) => fault.change(shaped, { argument, look: looks }), result);
}
