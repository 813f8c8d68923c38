// The verification samples of docs/webhooks.md, each run by its own language as a receiver would run it.
import { execFile, spawn } from "node:child_process";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { text } from "node:stream/consumers";
import { vi } from "vitest";
import { z } from "zod";
import { blocksOf } from "./page.ts";
import { newFolder } from "./reader.ts";

export const PAGE = "docs/webhooks.md";

/** What came, with what the receiver knows. */
export type Received = {
  body: Buffer;
  headers: Record<string, string>;
  secrets: string[];
  nowS: number;
};
export type Verdict = "genuine" | "refused" | "no secret";

export type Verifier = {
  file: string;
  /** The programs that it needs; one that is missing skips its tests, but not in CI. */
  needs: string[];
  judge: (all: readonly Received[]) => Promise<Verdict[]>;
};

export const verifiers: Verifier[] = [
  { file: "verify.ts", needs: [], judge: (all) => inThisProcess("verify.ts", all) },
  { file: "verify-by-library.ts", needs: [], judge: (all) => inThisProcess("verify-by-library.ts", all) },
  {
    file: "verify.py",
    needs: ["python3"],
    judge: (all) => byRunner("verify.py", ["python3", "run.py"], all),
  },
  {
    file: "verify.go",
    needs: ["go"],
    judge: (all) => byRunner("verify.go", ["go", "run", "verify.go", "run.go"], all),
  },
  { file: "verify.rb", needs: ["ruby"], judge: (all) => byRunner("verify.rb", ["ruby", "run.rb"], all) },
  { file: "verify.sh", needs: ["bash", "openssl"], judge: byShell },
];

const RUNNERS = fileURLToPath(new URL("verifiers", import.meta.url));

const Sample = z.object({
  isGenuine: z.custom<(body: Buffer, headers: object, secrets: string[], nowS: number) => boolean>(),
});

/** The library has no clock but the system's, so that is set to when each came. */
async function inThisProcess(file: string, all: readonly Received[]): Promise<Verdict[]> {
  const path = join(await saveSample(file), file);
  const { isGenuine } = Sample.parse(await import(/* @vite-ignore */ pathToFileURL(path).href));
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    return all.map(({ body, headers, secrets, nowS }) => {
      vi.setSystemTime(nowS * 1000);
      try {
        return isGenuine(body, headers, secrets, nowS) ? "genuine" : "refused";
      } catch {
        return "no secret";
      }
    });
  } finally {
    vi.useRealTimers();
  }
}

/** The runner reads one JSON object a line, and answers each by a line. */
async function byRunner(
  file: string,
  [command = "", ...args]: string[],
  all: readonly Received[],
): Promise<Verdict[]> {
  const dir = await saveSample(file);
  const runner = file.replace("verify", "run");
  await copyFile(join(RUNNERS, runner), join(dir, runner));
  const child = spawn(command, args, {
    cwd: dir,
    env: { ...process.env, GOFLAGS: "-mod=mod", GO111MODULE: "off" },
  });
  const lines = all.map((one) => JSON.stringify({ ...one, body: one.body.toString("base64") }));
  child.stdin.on("error", () => undefined).end(`${lines.join("\n")}\n`);
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const verdicts = output.trim().split("\n");
  if (verdicts.length !== all.length)
    throw new Error(`${file} judged ${verdicts.length} of ${all.length}:\n${errors}`);
  return verdicts.map(toVerdict);
}

/** By files, as a person who looks into one delivery does it. */
async function byShell(all: readonly Received[]): Promise<Verdict[]> {
  const dir = await saveSample("verify.sh");
  const verdicts: Verdict[] = [];
  for (const { body, headers, secrets, nowS } of all) {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    await writeFile(join(dir, "headers"), lines.join(""));
    await writeFile(join(dir, "body"), body);
    const env = { PATH: process.env["PATH"], SECRETS: secrets.join(" "), NOW: String(nowS) };
    const said = await run("bash", ["verify.sh", "headers", "body"], dir, env);
    verdicts.push(toVerdict(said));
  }
  return verdicts;
}

const run = (file: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> =>
  new Promise((resolve) => {
    execFile(file, args, { cwd, env }, (_error, stdout, stderr) => resolve(`${stdout}${stderr}`.trim()));
  });

/** Anything but the three words is a fault of the sample. */
function toVerdict(said: string): Verdict {
  if (said === "genuine") return said;
  if (/no(t a webhook)? secret/.test(said)) return "no secret";
  if (said.startsWith("refused")) return "refused";
  throw new Error(`the sample says: ${said}`);
}

async function saveSample(file: string): Promise<string> {
  const dir = await newFolder();
  const sample = blocksOf(PAGE).find((block) => block.file === file);
  if (sample === undefined) throw new Error(`${PAGE} has no ${file}`);
  await writeFile(join(dir, file), sample.code);
  return dir;
}
