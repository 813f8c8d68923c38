import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { FaultError, listFaults, markersIn } from "../faults.ts";
import type { Simulation } from "../simulation.ts";
import { taskAt, type Task } from "../tasks.ts";
import { camelKeys, snakeKeys } from "../wire-names.ts";

/** `fault` is a marker's inside, such as `poll=404x2`. */
const faultOrder = z.strictObject({
  fault: z.string(),
  times: z.int().min(1).optional(),
  probability: z.number().gt(0).max(1).default(1),
});

const anyRecord = z.record(z.string(), z.unknown());

/** What a test or an operator may see and change. */
export async function controlRoutes(
  app: FastifyInstance,
  { simulation }: { simulation: Simulation },
): Promise<void> {
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof z.ZodError) return reply.code(400).send({ error: z.prettifyError(error) });
    if (error instanceof FaultError) return reply.code(400).send({ error: error.message });
    throw error;
  });

  app.get("/sim/faults", () => ({ faults: listFaults(), armed: simulation.armed.list() }));
  app.post("/sim/faults", (request, reply) => {
    const { fault, ...options } = faultOrder.parse(request.body);
    simulation.armed.arm(fault, options);
    return reply.code(201).send({ armed: simulation.armed.list() });
  });
  app.delete("/sim/faults", (_request, reply) => {
    simulation.armed.clear();
    return reply.code(204).send();
  });

  app.get("/sim/settings", () => snakeKeys(simulation.settings));
  app.post("/sim/settings", (request) => {
    simulation.configure(camelKeys(anyRecord.parse(request.body)));
    return snakeKeys(simulation.settings);
  });

  app.get<{ Querystring: { job?: string } }>("/sim/ledger", ({ query }) => showLedger(simulation, query.job));
  app.post("/sim/reset", (_request, reply) => {
    simulation.reset();
    return reply.code(204).send();
  });

  app.all("/sim/followed", ({ headers }) => {
    simulation.ledger.counters.redirectsFollowed += 1;
    if (headers.authorization) simulation.ledger.counters.redirectsFollowedWithKey += 1;
    return { followed: true };
  });
}

/** `job` narrows tasks and refusals to one marker; counters are always those of all. */
function showLedger({ ledger, clock }: Simulation, job: string | undefined): object {
  const isMeant = (entry: { job: string | null }) => job === undefined || entry.job === job;
  const now = clock();
  return {
    tasks: ledger.tasks.filter(isMeant).map((task) => showTask(task, now)),
    refusals: ledger.refusals.filter(isMeant).map((refusal) => ({ ...refusal, at: isoTime(refusal.at) })),
    counters: { ...snakeKeys(ledger.counters), in_flight: ledger.inFlight(now) },
  };
}

function showTask(task: Task, now: number): object {
  return {
    task_id: task.id,
    job: task.job,
    model: task.model,
    markers: markersIn(task.order.prompt),
    body: task.body,
    accepted_at: isoTime(task.acceptedAt),
    charge_micros: task.order.chargeMicros,
    generation_ms: task.generationMs,
    state: taskAt(task, now).state,
    looks: task.looks,
    downloads: task.downloads,
  };
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
