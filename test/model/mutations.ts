/**
 * What keeps the money safe, broken in a copy of the tree, one place at a time; for each the test that must find it. A row
 * whose text is not found exactly once, or whose test passes all the same, fails the run.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const COPIED = ["src", "test", "tools", "bench", "deploy", "docs", "package.json", "tsconfig.json"];
const LINKED = ["node_modules", ".cache"];

/** `by`: a test file, or the scene of the model. */
type Mutation = {
  what: string;
  file: string;
  text: string;
  put: string;
  by: string | { scene: string };
};

const FROZEN = { scene: "frozen" };
const TAKEOVER = { scene: "another Redis" };
const LATE = { scene: "bought again by itself" };

const mutations: readonly Mutation[] = [
  {
    what: "the version is not compared",
    file: "src/shared/store/lua/prelude.lua",
    text: "if record[1] ~= version then return false end\n  if write ~= '' and record[3] ~= write then return false end",
    put: "",
    by: { scene: "callers decide" },
  },
  {
    what: "the name of the write is not compared, so a takeover makes two histories one",
    file: "src/shared/store/lua/prelude.lua",
    text: "if write ~= '' and record[3] ~= write then return false end",
    put: "",
    by: "test/shared/store/regression-same-number-another-history.test.ts",
  },
  {
    what: "the statuses a move may start from are not compared",
    file: "src/shared/store/lua/prelude.lua",
    text: "return string.find(',' .. sources .. ',', ',' .. record[2] .. ',', 1, true) ~= nil",
    put: "return true",
    by: "test/shared/store/guard.test.ts",
  },
  {
    what: "`submitting` is not read back before the POST",
    file: "src/worker/submit.ts",
    text: 'const isMine = found?.record.status === "submitting" && openAttempt(found.record)?.id === attemptId;',
    put: "const isMine = found !== null;",
    by: TAKEOVER,
  },
  {
    what: "the proof of `submitting` is not waited for",
    file: "src/worker/submit.ts",
    text: "if (isMine && isConfirmed) {",
    put: "if (isMine) {",
    by: "test/worker/submit.test.ts",
  },
  {
    what: "the deadline starts after the begin script",
    file: "src/worker/submit.ts",
    text: `  const deadline = startDeadline(deps.submitTimeoutMs);
  const attemptId = newAttemptId();
  const entry = await enter(deps, snapshot, attemptId);`,
    put: `  const attemptId = newAttemptId();
  const entry = await enter(deps, snapshot, attemptId);
  const deadline = startDeadline(deps.submitTimeoutMs);`,
    by: TAKEOVER,
  },
  {
    what: "the deadline is not looked at when the request leaves",
    file: "src/worker/novita/client.ts",
    text: "else if (!this.#mayDispatch()) this.#end(UNSENT_LATE);",
    put: "",
    by: "test/worker/novita/client-submit.test.ts",
  },
  {
    what: "the task id is left to a later write",
    file: "src/worker/attempt.ts",
    text: "{ ...patch, deadlineAt: task.acceptedAt",
    put: "{ ...patch, tasks: job.tasks, deadlineAt: task.acceptedAt",
    by: FROZEN,
  },
  {
    what: "an outcome is taken for the last attempt's, whosever it is",
    file: "src/worker/attempt.ts",
    text: "const attempt = job.attempts.find((each) => each.id === attemptId);",
    put: "const attempt = job.attempts.findLast((each) => each.id !== null || each.id === attemptId);",
    by: LATE,
  },
  {
    what: "the answer that comes after the deadline is not listened for",
    file: "src/worker/submit.ts",
    text: "deps.background.add(answer.then((late) => recordLate(deps, sent, late)));",
    put: "",
    by: "test/worker/regression-late-answer.test.ts",
  },
  {
    what: "rescue hands a lost submission back as if it had never been sent",
    file: "src/worker/rescue.ts",
    text: 'const unknown = { kind: "unknown", message, upstream: null } as const;',
    put: 'const unknown = { kind: "unsent", cause: "deadline", message } as const;',
    by: FROZEN,
  },
  {
    what: "the slot is given back while nobody knows the outcome",
    file: "src/shared/job.ts",
    text: 'if (attempt.state !== "accepted") return true;',
    put: 'if (attempt.state !== "accepted") return attempt.state === "open";',
    by: { scene: "dies" },
  },
  {
    what: "a script that is sent again is not recognised",
    file: "src/shared/store/lua/commit.lua",
    text: "if redis.call('HGET', KEYS[1], 'write') == ARGV[3] then return { 'written', '' } end",
    put: "",
    by: "test/worker/regression-resent-write.test.ts",
  },
  {
    what: "the wake-up goes before the record",
    file: "src/shared/store/jobs.ts",
    text: "const written = await commitRecord(this.#redis, guard, commands);",
    put: "await this.#follow(change, books.wakeUps, now);\n    const written = await commitRecord(this.#redis, guard, commands);",
    by: "test/shared/store/jobs.test.ts",
  },
  {
    what: "the end is written without its event",
    file: "src/shared/store/bookkeeping.ts",
    text: "if (event && isHeard(job, event)) {",
    put: "if (event && isHeard(job, event) && before === null) {",
    by: { scene: "canceled" },
  },
  {
    what: "while the breaker is open everybody enters",
    file: "src/shared/store/lua/begin.lua",
    text: "if wait ~= -2 then return { 'open', tostring(math.max(wait, 1)) } end",
    put: "",
    by: "test/worker/admission.test.ts",
  },
];

/** Returns whether every mutation was found. `only`: a part of its description. */
export async function tryMutations(only: string): Promise<boolean> {
  let areFound = true;
  for (const mutation of mutations.filter(({ what }) => what.includes(only))) {
    const startedAt = performance.now();
    const found = await tryOne(mutation);
    const by = typeof mutation.by === "string" ? mutation.by : `npm run model, "${mutation.by.scene}"`;
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    process.stdout.write(
      `${found.isFound ? "found    " : "NOT FOUND"}  ${mutation.what}  [${by}, ${seconds} s]\n`,
    );
    if (found.told !== "") process.stdout.write(`${found.told.replaceAll(/^/gm, "           ")}\n`);
    areFound &&= found.isFound;
  }
  return areFound;
}

async function tryOne(mutation: Mutation): Promise<{ isFound: boolean; told: string }> {
  const dir = copyTree();
  try {
    const broken = breakOne(dir, mutation);
    if (!broken) return { isFound: false, told: `${mutation.file} does not have the text exactly once` };
    const { code, said } = await run(dir, commandOf(mutation));
    const told = howFound(said);
    // A test that cannot even start fails too, and finds nothing.
    return { isFound: code === 1 && told !== "", told: told || said.slice(-2000) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function copyTree(): string {
  const dir = mkdtempSync(join(tmpdir(), "onetake-mutation-"));
  for (const name of [...COPIED, "openapi.json", "vitest.config.ts"]) {
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(dir, name), { recursive: true });
  }
  for (const name of LINKED) {
    if (existsSync(join(ROOT, name))) symlinkSync(join(ROOT, name), join(dir, name));
  }
  return dir;
}

function breakOne(dir: string, { file, text, put }: Mutation): boolean {
  const path = join(dir, file);
  const before = readFileSync(path, "utf8");
  if (before.split(text).length !== 2) return false;
  writeFileSync(
    path,
    before.replace(text, () => put),
  );
  return true;
}

const commandOf = ({ by }: Mutation): string[] =>
  typeof by === "string"
    ? [
        "node_modules/vitest/vitest.mjs",
        "run",
        "--project",
        "test",
        by,
        "--bail",
        "1",
        "--reporter",
        "default",
      ]
    : ["test/model/main.ts", "--only", by.scene, "--walks", "0"];

/** The property that does not hold, or the test that failed. */
const howFound = (said: string): string =>
  [...new Set(said.split("\n").filter((line) => /^BROKEN: |^ +\d+ {2}\S|^ *FAIL .* > /.test(line)))]
    .slice(0, 30)
    .join("\n");

async function run(cwd: string, args: string[]): Promise<{ code: number | null; said: string }> {
  const env = { ...process.env, NO_COLOR: "1" };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => (said += text));
  const [code] = await once(child, "close");
  return { code: typeof code === "number" ? code : null, said };
}
