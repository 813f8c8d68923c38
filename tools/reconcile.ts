// `npm run reconcile`: after Redis was restored, or has lost what it knew. Reads the workers' logs of the lost time on standard
// input, and lists the jobs that Redis calls queued or unconfirmed although the logs say that they were bought; with
// `-- --attach` it gives each its task back. It may be repeated: what is attached is listed no more.
import { parseArgs } from "node:util";
import { request } from "undici";
import { z } from "zod";
import { readPurchases } from "./reconcile/purchases.ts";
import type { Purchase } from "./reconcile/purchases.ts";

const USAGE = `usage: npm run --silent reconcile -- [--attach] < workers.log

The logs are those of all workers, in any order. API names the address of the API, ADMIN_KEY the operator's key.
Exit codes: 0 = nothing is left, 1 = what is listed without "attached" is left, 64 = wrong words, 69 = the API fails.`;

const EXIT_USAGE = 64;
const EXIT_UNAVAILABLE = 69;
/** The API waits 10 s for a look. */
const ANSWER_WITHIN_MS = 20_000;
const WAITING = ["queued", "unconfirmed"] as const;

type Operator = { api: string; headers: Record<string, string> };

async function main(args: string[]): Promise<number> {
  const words = readWords(args);
  const { API: api = "http://127.0.0.1:3000", ADMIN_KEY: key = "" } = process.env;
  if (words === null || key === "") {
    console.error(USAGE);
    return EXIT_USAGE;
  }
  const operator = { api, headers: { authorization: `Bearer ${key}`, "content-type": "application/json" } };
  try {
    const waiting = await listWaiting(operator);
    const purchases = await readPurchases(process.stdin);
    return await reconcile(operator, waiting, purchases, words.attach);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return EXIT_UNAVAILABLE;
  }
}

function readWords(args: string[]): { attach: boolean } | null {
  try {
    return parseArgs({ args, options: { attach: { type: "boolean", default: false } } }).values;
  } catch {
    return null;
  }
}

const Page = z.object({
  data: z.array(z.object({ id: z.string(), status: z.string(), tasks: z.array(z.string()) })),
  next: z.string().nullable(),
});
type Waiting = z.infer<typeof Page>["data"];

async function listWaiting(operator: Operator): Promise<Waiting> {
  const found: Waiting = [];
  for (const status of WAITING) {
    for (let after: string | null = ""; after !== null;) {
      const from = after === "" ? "" : `&after=${encodeURIComponent(after)}`;
      const { status: code, body } = await call(operator, `/v1/admin/jobs?status=${status}&limit=100${from}`);
      if (code !== 200) throw new Error(`The list of ${status} jobs was answered ${code}.`);
      const page = Page.parse(body);
      found.push(...page.data);
      after = page.next;
    }
  }
  return found;
}

/** One line for each job that was bought, or may have been. */
async function reconcile(
  operator: Operator,
  waiting: Waiting,
  purchases: Map<string, Purchase>,
  attaches: boolean,
): Promise<number> {
  let isLeft = false;
  for (const { id, status, tasks } of waiting) {
    const purchase = purchases.get(id);
    const task = purchase?.tasks.findLast((each) => !tasks.includes(each));
    if (!purchase || (task === undefined && !purchase.isInDoubt)) continue;
    const done = task !== undefined && attaches ? await attach(operator, id, task) : "";
    isLeft ||= done !== "attached";
    console.log([id, status, task ?? "outcome-unknown", done].filter(Boolean).join(" "));
  }
  return isLeft ? 1 : 0;
}

const Problem = z.object({ detail: z.string() });

/** Returns `attached`, or why not. */
async function attach(operator: Operator, id: string, taskId: string): Promise<string> {
  const body = JSON.stringify({ action: "attach", task_id: taskId });
  const answer = await call(operator, `/v1/jobs/${id}/resolve`, body);
  if (answer.status === 200) return "attached";
  const problem = Problem.safeParse(answer.body);
  return `${answer.status} ${problem.success ? problem.data.detail : ""}`;
}

async function call({ api, headers }: Operator, path: string, body?: string) {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const method = body === undefined ? "GET" : "POST";
  const answer = await request(`${api}${path}`, { method, headers, body: body ?? null, signal });
  return { status: answer.statusCode, body: await answer.body.json() };
}

process.exit(await main(process.argv.slice(2)));
