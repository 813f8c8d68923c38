// A measure ends, also when what it measures has died.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { measureLooks } from "../../bench/measure/looks.ts";
import { quick } from "../../bench/settings.ts";
import type { BenchProcess } from "../../bench/process.ts";
import { startSide } from "../../bench/side.ts";
import { eventually } from "../support/eventually.ts";

test("the worker dies while the tasks are being bought -> the measure fails, and names it", async () => {
  const dir = await mkdtemp(join(tmpdir(), "onetake-bench-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  const side = await startSide("floor", { dir, hasWorker: true, isEndless: true });
  onTestFinished(() => side.stop("SIGKILL"));
  side.standIn.hold();
  const waits = vi.spyOn(side.standIn, "untilSold");
  const failure = measureLooks({ ours: side, floor: side }, quick).catch((error: unknown) => String(error));
  await eventually(() => expect(waits).toHaveBeenCalledWith(quick.tasks));
  kill(side.worker);
  expect(await failure).toContain("bench/floor/worker.ts has ended");
});

/** Unasked, as far as the benchmark knows. */
function kill(worker: BenchProcess | null): void {
  if (!worker?.pid) throw new Error("there is no worker");
  process.kill(worker.pid, "SIGKILL");
}
