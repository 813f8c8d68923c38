// What INTAKE_DURABILITY and SUBMIT_DURABILITY cost: the same API and worker on servers of each kind, in turn. There is no
// floor for that; each is compared with `memory` on a server like its own, within each turn.
import { Redis } from "ioredis";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { findRedisEight } from "../test/support/redis-eight.ts";
import { type RedisBinary, type RunningRedis, startRedis } from "../tools/redis.ts";
import { type Figures, median } from "./pairs.ts";
import { measureSubmissions } from "./measure/durability.ts";
import { oneBurst } from "./measure/intake.ts";
import type { Plan } from "./settings.ts";
import { type Side, startSide } from "./side.ts";
import { readRedisVersion } from "./usage.ts";

type Variant = {
  isEight: boolean;
  appendfsync: "everysec" | "always";
  hasReplica: boolean;
  durability: "memory" | "fsync" | "replica";
};

const variant = (
  isEight: boolean,
  appendfsync: Variant["appendfsync"],
  durability: Variant["durability"],
  hasReplica = false,
): Variant => ({ isEight, appendfsync, hasReplica, durability });

const VARIANTS: Variant[] = [
  variant(false, "everysec", "memory"),
  variant(false, "always", "memory"),
  variant(false, "always", "fsync"),
  variant(false, "everysec", "memory", true),
  variant(false, "everysec", "replica", true),
  variant(true, "everysec", "memory"),
  variant(true, "everysec", "fsync"),
  variant(true, "always", "memory"),
  variant(true, "always", "fsync"),
];

type Running = { variant: Variant; side: Side; version: string; stop: () => Promise<void> };

export async function compareDurability(dir: string, plan: Plan): Promise<void> {
  const eight = await findRedisEight();
  const load = loadavg()[0]?.toFixed(1);
  const wanted = VARIANTS.filter(({ isEight }) => !isEight || eight !== null);
  const running: Running[] = [];
  for (const [n, each] of wanted.entries()) running.push(await start(join(dir, String(n)), each, eight));
  const sides = running.map(({ side }) => side);
  for (const side of sides) await measureSubmissions(side, { ...plan, submissions: 1 });
  const submissions = await byTurns(sides, plan.pairs, (side) => measureSubmissions(side, plan));
  // Nobody works on what comes now.
  for (const { worker } of sides) await worker?.stop("SIGKILL");
  for (const side of sides) await oneBurst(side, plan);
  const bursts = await byTurns(sides, plan.pairs, (side) => oneBurst(side, plan));
  const found = bursts.map((turns, n) =>
    turns.map((burst, turn) => ({ ...burst, ...submissions[n]?.[turn] })),
  );
  const rows = running.map((each, n) => printRow(each, found[n] ?? [], baseOf(running, each, found)));
  console.log([HEAD, ...rows].join("\n"));
  console.log(
    `\nmedians over ${plan.pairs} turns; ratio: of requests/s to the row of \`memory\` on that server, within a turn\n` +
      `${plan.connections} connections; ${availableParallelism()} cores, load ${load} before the start, Node.js ${process.versions.node}`,
  );
  await Promise.all(running.map(({ stop }) => stop()));
}

async function start(dir: string, chosen: Variant, eight: RedisBinary | null): Promise<Running> {
  const server = {
    appendfsync: chosen.appendfsync,
    // A replica that is there at once.
    settings: { "repl-diskless-sync-delay": "0" },
    ...(chosen.isEight && eight ? { server: eight } : {}),
  };
  const environment = {
    INTAKE_DURABILITY: chosen.durability,
    SUBMIT_DURABILITY: chosen.durability,
  };
  const side = await startSide("ours", { dir, hasWorker: true, isEndless: true, server, environment });
  const replica = chosen.hasReplica ? await startReplica(dir, side) : null;
  const version = await readRedisVersion(side.redis);
  const stop = async () => {
    await side.stop("SIGKILL");
    await replica?.stop();
  };
  return { variant: chosen, side, version, stop };
}

/** For each side, what its turns gave. */
async function byTurns(
  sides: Side[],
  turns: number,
  measure: (side: Side) => Promise<Figures>,
): Promise<Figures[][]> {
  const found = sides.map((): Figures[] => []);
  for (let turn = 0; turn < turns; turn++) {
    process.stderr.write(`durability ${turn + 1} of ${turns} …\n`);
    for (const [n, side] of sides.entries()) found[n]?.push(await measure(side));
  }
  return found;
}

/** The API and the worker look for one when a proof fails, if not before. */
async function startReplica(dir: string, { redis }: Side): Promise<RunningRedis> {
  const replica = await startRedis({ dir: join(dir, "replica"), appendonly: true });
  const client = new Redis(replica.url);
  await client.replicaof("127.0.0.1", redis.options.port ?? 0);
  client.disconnect();
  while ((await redis.wait(1, 1000)) < 1);
  return replica;
}

/** The figures of what a variant is compared with. */
function baseOf(running: Running[], { variant: chosen }: Running, found: Figures[][]): Figures[] {
  const at = running.findIndex(
    ({ variant: { isEight, appendfsync, hasReplica, durability } }) =>
      durability === "memory" &&
      isEight === chosen.isEight &&
      appendfsync === chosen.appendfsync &&
      hasReplica === chosen.hasReplica,
  );
  return found[at] ?? [];
}

const HEAD = line(
  "Redis, appendfsync, replica, durability",
  "requests/s",
  "ratio",
  "p50, ms",
  "p99, ms",
  "proven p50, ms",
  "most, ms",
);

function printRow({ variant: chosen, version }: Running, figures: Figures[], base: Figures[]): string {
  const of = (name: string) => median(figures.map((each) => each[name] ?? Number.NaN));
  const ratio = median(
    figures.map((each, n) => (each["rate"] ?? Number.NaN) / (base[n]?.["rate"] ?? Number.NaN)),
  );
  const label = `${version}, ${chosen.appendfsync}, ${chosen.hasReplica ? "one" : "none"}, ${chosen.durability}`;
  return line(
    label,
    of("rate").toFixed(0),
    ratio.toFixed(2),
    of("p50").toFixed(1),
    of("p99").toFixed(1),
    of("provenP50").toFixed(0),
    of("provenMost").toFixed(0),
  );
}

function line(label: string, ...cells: string[]): string {
  return label.padEnd(40) + cells.map((cell) => cell.padStart(cell.length > 9 ? 16 : 12)).join("");
}
