// Loaded into a worker before its own code: at SIGUSR2 it collects all garbage and writes down what is left.
import { writeFileSync } from "node:fs";

process.on("SIGUSR2", () => {
  if (!globalThis.gc) throw new Error("The worker was started without --expose-gc.");
  globalThis.gc();
  globalThis.gc();
  writeFileSync(process.env["MEMORY_FILE"] ?? "", JSON.stringify(process.memoryUsage()));
});
