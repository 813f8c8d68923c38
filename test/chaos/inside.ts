/**
 * Loaded into a process under test by `--import`, never by the product. At SIGUSR2 it reads its orders from a file: how
 * far the wall clock and the monotonic one are to be off, and whether to collect garbage; and it answers into another.
 */
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const path = process.env["CHAOS_ORDERS"];
const RealDate = Date;
const realNow = RealDate.now.bind(RealDate);
const realPerformanceNow = performance.now.bind(performance);
let wallShiftMs = 0;
let monotonicShiftMs = 0;

const wallNow = () => realNow() + wallShiftMs;
RealDate.now = wallNow;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [wallNow()] : given, newTarget),
});
performance.now = () => realPerformanceNow() + monotonicShiftMs;

function obey(file: string): void {
  // Whoever gave the orders has given up on a process that was frozen.
  if (!existsSync(file)) return;
  const orders: unknown = JSON.parse(readFileSync(file, "utf8"));
  wallShiftMs = numberOf(orders, "wallMs") ?? wallShiftMs;
  monotonicShiftMs = numberOf(orders, "monotonicMs") ?? monotonicShiftMs;
  if (numberOf(orders, "collect") === 1) collect();
  const { rss, heapUsed } = process.memoryUsage();
  const descriptors = existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : null;
  const handles = process.getActiveResourcesInfo().length;
  const answer = { wallMs: wallShiftMs, rss, heapUsed, descriptors, handles };
  writeFileSync(`${file}.new`, JSON.stringify(answer));
  renameSync(`${file}.new`, `${file}.answer`);
}

/** All that can be had, and what it was kept in is given back to the system. */
function collect(): void {
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("gc");
  if (typeof gc === "function") gc({ type: "major", execution: "sync", flavor: "last-resort" });
}

function numberOf(orders: unknown, name: string): number | undefined {
  const value: unknown =
    typeof orders === "object" && orders !== null ? Reflect.get(orders, name) : undefined;
  return typeof value === "number" ? value : undefined;
}

if (path !== undefined) process.on("SIGUSR2", () => obey(path));
