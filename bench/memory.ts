// Whether the worker grows: jobs end at a steady pace for some minutes, and at the second minute and the last one the worker
// collects its garbage and tells what is left. Records go after a minute, so that Redis does not grow either.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { openEvents } from "./events.ts";
import { timeDeliveries } from "./measure/latency.ts";
import { ourEnvironment, SETTLES_A_SECOND } from "./settings.ts";
import { type Side, startSide } from "./side.ts";

const PROBE = fileURLToPath(new URL("memory-probe.ts", import.meta.url));
const FIRST_MINUTE = 2;
/** Jobs are made so many seconds' worth at a time, while none end. */
const SLICE_S = 10;
const TOLD_WITHIN_MS = 10_000;
const MEGABYTE = 1024 * 1024;

/** Bytes. */
const Memory = z.object({ rss: z.number(), heapUsed: z.number() });
type Memory = z.infer<typeof Memory>;

export async function measureMemory(dir: string, minutes: number): Promise<void> {
  if (!(minutes > FIRST_MINUTE)) throw new Error(`--minutes must be more than ${FIRST_MINUTE}`);
  const file = join(dir, "memory.json");
  const environment = { RETENTION_S: "60", MEMORY_FILE: file };
  const side = await startSide("ours", {
    dir,
    hasWorker: true,
    server: { appendonly: false },
    environment,
    nodeOptions: (name) => (name === "ours-worker" ? ["--expose-gc", "--import", PROBE] : []),
  });
  const source = await openEvents(side, { ...ourEnvironment, ...environment });
  const found: Memory[] = [];
  for (let minute = 1; minute <= minutes; minute++) {
    for (let s = 0; s < 60; s += SLICE_S) await timeDeliveries(side, source, SLICE_S);
    if (minute !== FIRST_MINUTE && minute !== minutes) continue;
    found.push(await collect(side, file));
    process.stderr.write(`minute ${minute} of ${minutes}: ${show(found.at(-1))}\n`);
  }
  const [first, last] = found;
  await source.close();
  await side.stop("SIGKILL");
  const growth = ((last?.rss ?? Number.NaN) / (first?.rss ?? Number.NaN) - 1) * 100;
  console.log(
    `the worker after a collection, ${SETTLES_A_SECOND} deliveries a second\n` +
      `  minute ${FIRST_MINUTE}: ${show(first)}\n  minute ${minutes}: ${show(last)}\n  growth of RSS: ${growth.toFixed(1)} %`,
  );
}

async function collect({ worker }: Side, file: string): Promise<Memory> {
  await rm(file, { force: true });
  process.kill(worker?.pid ?? 0, "SIGUSR2");
  const deadline = performance.now() + TOLD_WITHIN_MS;
  while (performance.now() < deadline) {
    const text = await readFile(file, "utf8").catch(() => "");
    if (text.endsWith("}")) return Memory.parse(JSON.parse(text));
    await delay(50);
  }
  throw new Error("The worker does not tell what memory it has.");
}

const show = (memory: Memory | undefined): string =>
  memory
    ? `RSS ${(memory.rss / MEGABYTE).toFixed(1)} MiB, heap ${(memory.heapUsed / MEGABYTE).toFixed(1)} MiB`
    : "-";
