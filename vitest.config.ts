import { defineConfig } from "vitest/config";

/** Tests talk to real processes and a real Redis: two files at a time is what two cores carry. */
const FILES_AT_ONCE = 2;

export default defineConfig({
  test: {
    globalSetup: ["test/support/global-setup.ts"],
    setupFiles: ["test/support/to-be-problem.ts"],
    reporters: ["default", ["json", { outputFile: "test-report.json" }]],
    pool: "forks",
    sequence: { shuffle: false },
    projects: [
      {
        extends: true,
        test: {
          name: "test",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          maxWorkers: FILES_AT_ONCE,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
