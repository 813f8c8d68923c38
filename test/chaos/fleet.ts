/**
 * The product's processes, as an operator starts them: each with a way of its own to Redis and to Novita, and with a
 * place that a replacement takes over when it is killed.
 */
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";

import { untilReady } from "../e2e/support/caller.ts";
import type { OnEnd } from "../e2e/support/on-end.ts";
import { startApi, startWorker, type End, type Program } from "../e2e/support/program.ts";
import { settings } from "../e2e/support/settings.ts";
import { createTurns } from "../e2e/support/turns.ts";
import { openRoad, type Road } from "./road.ts";

const INSIDE = fileURLToPath(new URL("inside.ts", import.meta.url));
const ANSWERED_WITHIN_MS = 5000;

const Inside = z.object({
  wallMs: z.number(),
  rss: z.number(),
  heapUsed: z.number(),
  descriptors: z.number().nullable(),
  handles: z.number(),
});
/** What a process says of itself; sizes in bytes. */
export type Inside = z.infer<typeof Inside>;

/** What is left out stays as it is. `collect`: 1 = collect garbage first. */
export type Orders = { wallMs?: number; monotonicMs?: number; collect?: 1 };

/** A place in the fleet. `isSteady`: never killed, so that what it holds can be compared over the whole run. */
export type Place = {
  readonly name: string;
  readonly kind: "api" | "worker";
  readonly isSteady: boolean;
  readonly redis: Road;
  readonly novita: Road;
  /** When Novita's answer with a task's id was handed to this process, in epoch ms. */
  readonly answers: ReadonlyMap<string, number>;
  /** Null while the place is empty. */
  program: Program | null;
  /** Ends the process by SIGKILL, and fills the place again. Resolves with how it ended, once that is so. */
  replace(): Promise<End | null>;
  /** Null when the process does not answer in time. */
  order(orders: Orders): Promise<Inside | null>;
};

export type Fleet = {
  readonly places: readonly Place[];
  readonly apis: readonly Place[];
  readonly workers: readonly Place[];
  /** SIGTERM to all; how each ended. */
  stop(): Promise<{ name: string; end: End }[]>;
};

export type FleetOptions = {
  apis: number;
  workers: number;
  redisPort: number;
  novitaPort: number;
  prefix: string;
  /** For orders and answers. */
  dir: string;
  environment: Record<string, string>;
};

export async function startFleet(options: FleetOptions, onEnd: OnEnd): Promise<Fleet> {
  const open = (kind: Place["kind"], index: number) => openPlace(kind, index, options, onEnd);
  const apis = await Promise.all(Array.from({ length: options.apis }, (_, index) => open("api", index)));
  const workers = await Promise.all(
    Array.from({ length: options.workers }, (_, index) => open("worker", index)),
  );
  const places = [...apis, ...workers];
  await Promise.all(places.map(async ({ program }) => program && untilReady(program.url, 60_000)));
  const stop = () =>
    Promise.all(
      places.map(async ({ name, program }) => {
        if (!program) return { name, end: { code: null, signal: null } };
        await program.kill("SIGTERM");
        return { name, end: await program.ended };
      }),
    );
  return { places, apis, workers, stop };
}

async function openPlace(
  kind: Place["kind"],
  index: number,
  options: FleetOptions,
  onEnd: OnEnd,
): Promise<Place> {
  const answers = new Map<string, number>();
  const [redis, novita] = await Promise.all([
    openRoad(options.redisPort),
    openRoad(options.novitaPort, (chunk) => noteAnswer(answers, chunk)),
  ]);
  onEnd(async () => void (await Promise.all([redis.close(), novita.close()])));
  const name = `${kind}-${index}`;
  const file = join(options.dir, name);
  const environment = {
    ...settings(
      {
        redis: `redis://127.0.0.1:${redis.port}`,
        novita: `http://127.0.0.1:${novita.port}`,
        prefix: options.prefix,
      },
      options.environment,
    ),
    ...withOrders(file),
  };
  const start = () => (kind === "api" ? startApi : startWorker)(environment, onEnd);
  const oneAtATime = createTurns(1);
  const place: Place = {
    name,
    kind,
    isSteady: index === 0,
    redis,
    novita,
    answers,
    program: await start(),
    replace: async () => {
      const { program } = place;
      place.program = null;
      await program?.kill("SIGKILL");
      place.program = await start();
      return program ? program.ended : null;
    },
    order: (orders) => oneAtATime(() => giveOrders(place.program, file, orders)),
  };
  return place;
}

/** A look's answer names its task too, but as a part of it. */
function noteAnswer(answers: Map<string, number>, chunk: Buffer): void {
  const [, taskId] = /(?<!"task":\{)"task_id":"([\w-]+)"/.exec(chunk.toString("latin1")) ?? [];
  if (taskId !== undefined && !answers.has(taskId)) answers.set(taskId, Date.now());
}

/** The environment of a process that takes orders from `file`. */
export const withOrders = (file: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=${INSIDE}`,
  CHAOS_ORDERS: file,
});

/** Orders to the module inside a process, which takes them from `file`. Null when it does not answer in time. */
export async function giveOrders(
  program: Program | null,
  file: string,
  orders: Orders,
): Promise<Inside | null> {
  if (!program) return null;
  await rm(`${file}.answer`, { force: true });
  await writeFile(`${file}.orders`, JSON.stringify(orders));
  await rename(`${file}.orders`, file);
  await program.kill("SIGUSR2");
  const deadline = performance.now() + ANSWERED_WITHIN_MS;
  while (performance.now() < deadline && !program.hasEnded) {
    const text = await readFile(`${file}.answer`, "utf8").catch(() => null);
    if (text !== null) return Inside.parse(JSON.parse(text));
    await sleep(20);
  }
  await rm(file, { force: true });
  return null;
}
