// What the logs of workers say about purchases; the whole command is tried in test/e2e/forgetful-redis.test.ts.
import { Readable } from "node:stream";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readPurchases } from "../../tools/reconcile/purchases.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const read = async (...lines: (object | string)[]) => {
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  return Object.fromEntries(await readPurchases(Readable.from([text])));
};

const submitted = { msg: "job.submitted", job_id: "job_1" };
const sold = (task_id: string) => ({ ...submitted, outcome: "accepted", task_id });

test.each<[string, object, object]>([
  ["accepted", { outcome: "accepted", task_id: "t1" }, { tasks: ["t1"], isInDoubt: false }],
  ["unknown", { outcome: "unknown" }, { tasks: [], isInDoubt: true }],
  ["refused", { outcome: "refused", reason: "ILLEGAL_PROMPT" }, {}],
  ["never sent", { outcome: "unsent", cause: "connect" }, {}],
])("a request that ended %s -> what was bought by it", async (_name, fields, purchase) => {
  const expected = "tasks" in purchase ? { job_1: purchase } : {};
  expect(await read({ ...submitted, ...fields })).toEqual(expected);
});

test.each(["submit.answered_late", "submit.unrecorded", "orphan_task"])(
  "a task that %s names -> bought",
  async (msg) => {
    expect(await read({ msg, job_id: "job_1", task_id: "t1" })).toEqual({
      job_1: { tasks: ["t1"], isInDoubt: false },
    });
  },
);

test("two purchases of one job -> both tasks, the newest last, each once", async () => {
  expect(await read(sold("t1"), sold("t2"), sold("t1"))).toEqual({
    job_1: { tasks: ["t2", "t1"], isInDoubt: false },
  });
});

test("a supervisor's own words, lines of others and junk between -> passed over", async () => {
  const line = JSON.stringify({ ...submitted, outcome: "accepted", task_id: "t1" });
  expect(
    await read("", "{broken", "12:00:01 worker-1 | " + line, { msg: "job.polled", job_id: "job_2" }),
  ).toEqual({
    job_1: { tasks: ["t1"], isInDoubt: false },
  });
});

test.each([
  ["no ADMIN_KEY", [], {}, 64],
  ["a word that it does not know", ["--all"], { ADMIN_KEY: "k" }, 64],
  ["an API that is not there", [], { ADMIN_KEY: "k", API: "http://127.0.0.1:1" }, 69],
])("%s -> exit code %4$i, and a word why", (_name, words, env, code) => {
  const options = {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], ...env },
    input: "",
    encoding: "utf8",
  } as const;
  const { status, stderr } = spawnSync(process.execPath, ["tools/reconcile.ts", ...words], options);
  expect(status).toBe(code);
  expect(stderr).not.toBe("");
});
