/** Whether an answer is one that the API may give. */
import { z } from "zod";

import { checkAnswer, fitsSchema, operations } from "../support/documented.ts";
import type { Received } from "../support/documented.ts";
import type { FuzzRequest } from "./requests.ts";
import { ownWords } from "./target.ts";

/** What is wrong with the answer; null: nothing. `secrets`: what no answer may hold. */
export function faultOf(request: FuzzRequest, answer: Received | null, secrets: string[]): string | null {
  if (!answer) return "the connection ended without an answer";
  const faults = [
    faultOfForm(request, answer),
    faultOfStatus(answer),
    faultOfEntry(request, answer),
    secrets.some((secret) => answer.text.includes(secret)) ? "it holds a secret" : null,
    LOOKS_INSIDE.test(answer.text) ? "it shows a stack" : null,
    faultOfPrivacy(request, answer),
    request.isFit ? faultOfRefusal(answer) : faultOfAcceptance(request, answer),
  ];
  return faults.find((fault) => fault !== null) ?? null;
}

const LOOKS_INSIDE = /\n\s+at |node:internal|node_modules|\.ts:\d/;

function faultOfForm({ method, target }: FuzzRequest, answer: Received): string | null {
  const type = answer.headers["content-type"] ?? "";
  if (answer.status >= 400 && type !== "application/problem+json") return `its type is ${String(type)}`;
  try {
    checkAnswer(method, target, answer);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const Told = z.object({
  code: z.string(),
  errors: z.array(z.object({ pointer: z.string().optional() })).default([]),
});

const toldBy = ({ text }: Received): z.infer<typeof Told> => Told.parse(JSON.parse(text));

/** Redis is there all the while. That Novita does not answer is no fault of ours. */
function faultOfStatus(answer: Received): string | null {
  if (answer.status < 500) return null;
  const isUpstreams = answer.status === 504 && toldBy(answer).code === "upstream_unavailable";
  return isUpstreams ? null : "that is an error of ours";
}

const residents: ReadonlySet<string> = new Set(["acme", "both", "globex", "operator"]);
const guarded = new Set(operations.filter(({ keys }) => keys.length > 0).map(({ id }) => id));

/** Who has no key that holds gets nowhere. */
const faultOfEntry = ({ operation, caller }: FuzzRequest, { status }: Received): string | null =>
  guarded.has(operation) && !residents.has(caller) && status < 400 ? "a stranger was let in" : null;

/** Whose words the callers may not read. */
const foreignWords: Partial<Record<FuzzRequest["caller"], string[]>> = {
  acme: [ownWords.globex],
  both: [ownWords.globex],
  globex: [ownWords.acme],
  operator: [],
};

function faultOfPrivacy({ caller }: FuzzRequest, { text }: Received): string | null {
  const foreign = foreignWords[caller] ?? Object.values(ownWords);
  return foreign.some((words) => text.includes(words)) ? "it tells what is another tenant's" : null;
}

/** What no schema can say: what it costs, whether Novita has the task, what time it is, and what came under the key before. */
const JUST_REFUSALS = new Set(["/max_cost", "/task_id", "/since", "/filter"]);

/** A request that is as documented can be refused for what it asks, never for how it asks. */
function faultOfRefusal(answer: Received): string | null {
  if ([400, 413, 415].includes(answer.status)) return "the request was as documented";
  if (answer.status !== 422) return null;
  const { code, errors } = toldBy(answer);
  const isJust =
    code === "idempotency_key_reused" || errors.every(({ pointer = "" }) => isJustRefusal(pointer));
  return isJust ? null : "the request was as documented";
}

/** Nor which names of headers are reserved, or the same in other letters. */
const isJustRefusal = (pointer: string): boolean =>
  JUST_REFUSALS.has(pointer) || pointer.startsWith("/headers/");

const bodySchemas = new Map(operations.map(({ id, bodySchema }) => [id, bodySchema]));

/** Whatever is taken is as documented. */
function faultOfAcceptance({ operation, body }: FuzzRequest, { status }: Received): string | null {
  const schema = bodySchemas.get(operation);
  if (status >= 300 || !schema || body === null || body.length === 0) return null;
  const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  const isFit = fitsSchema(schema, value) || (value === null && operation === "pauseSubmissions");
  return isFit ? null : "its body was not as documented";
}
