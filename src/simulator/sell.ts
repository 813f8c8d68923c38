import { randomUUID } from "node:crypto";
import type { Answer } from "./answer.ts";
import { USUAL_END } from "./faults/end.ts";
import { directiveAt } from "./faults/fault.ts";
import { accepted } from "./faults/submit.ts";
import { FaultError, readMarkers, type DirectiveOf, type Script } from "./faults.ts";
import { refused, type Refused } from "./limits.ts";
import { MODEL, readOrder, type Order } from "./order.ts";
import type { Simulation } from "./simulation.ts";
import type { Task } from "./tasks.ts";

export interface Submit {
  model: string;
  body: unknown;
  /** The refusal that the route has found already: a bad key, or a body that is no JSON. */
  refusal: Refused | undefined;
}

/** One POST: refused, or sold and charged. Each one is looked at afresh: the same body twice is two tasks. */
export function sellTask(simulation: Simulation, submit: Submit): Answer {
  simulation.ledger.counters.submits += 1;
  const checked = submit.refusal ?? readSubmit(submit);
  if ("reason" in checked) return turnAway(simulation, submit, checked);
  const { order, script } = checked;
  const now = simulation.clock();
  const directive = nextFault(simulation, order, script);
  if (directive) simulation.ledger.counters.faults += 1;
  const answer = (taskId: string) =>
    directive?.fault.answer({ taskId, argument: directive.argument, now }) ?? accepted(taskId);
  const refusal =
    directive?.fault.accepts === false
      ? { reason: directive.fault.name, answer: answer(randomUUID()) }
      : checkLimits(simulation, order, now);
  if (refusal) return turnAway(simulation, submit, refusal);
  return answer(acceptTask(simulation, submit, order, script).id);
}

function checkLimits(
  { limits, ledger, settings }: Simulation,
  order: Order,
  now: number,
): Refused | undefined {
  return limits.check(settings, now, ledger.inFlight(now), order.chargeMicros);
}

function readSubmit({ model, body }: Submit): { order: Order; script: Script } | Refused {
  if (model !== MODEL) return refused("API_NOT_FOUND");
  const order = readOrder(body);
  if ("fault" in order) return refused("INVALID_REQUEST_BODY", order.fault);
  try {
    return { order, script: readMarkers(order.prompt) };
  } catch (error) {
    if (error instanceof FaultError) return refused("INVALID_REQUEST_BODY", error.message);
    throw error;
  }
}

function nextFault(
  { ledger, armed }: Simulation,
  { prompt }: Order,
  script: Script,
): DirectiveOf<"submit"> | undefined {
  const ordered = directiveAt(script.submit, ledger.countSubmit(prompt));
  return ordered ?? armed.take("submit");
}

function turnAway(
  { ledger, clock }: Simulation,
  { body }: Submit,
  { reason, answer }: { reason: string; answer: Answer },
): Answer {
  const status = answer.kind === "send" ? answer.status : null;
  ledger.refusals.push({ at: clock(), job: jobOf(body), status, reason });
  return answer;
}

function acceptTask(simulation: Simulation, { model, body }: Submit, order: Order, script: Script): Task {
  const { armed, ledger, settings, clock } = simulation;
  const gen = script.gen.at(-1) ?? armed.take("gen");
  const drawnMs = simulation.drawGenerationMs(order);
  const task: Task = {
    id: randomUUID(),
    fileId: randomUUID().replaceAll("-", ""),
    job: jobOf(body),
    model,
    body,
    order,
    script,
    end: script.end.at(-1) ?? armed.take("end") ?? USUAL_END,
    acceptedAt: clock(),
    generationMs: (gen ? Number(gen.argument) : drawnMs) * settings.timeScale,
    looks: 0,
    honestLooksSinceEnd: 0,
    downloads: 0,
  };
  ledger.accept(task);
  if (task.end !== USUAL_END) ledger.counters.faults += 1;
  if (settings.balanceMicros !== null)
    simulation.configure({ balanceMicros: settings.balanceMicros - order.chargeMicros });
  return task;
}

function jobOf(body: unknown): string | null {
  const prompt = typeof body === "object" && body !== null && "prompt" in body ? String(body.prompt) : "";
  return /\[\[job:(.*?)\]\]/s.exec(prompt)?.[1] ?? null;
}
