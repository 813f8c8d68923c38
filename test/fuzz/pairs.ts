/** Requests whose parts must fit each other, which chance alone hardly brings together. */
import type { JobStatus } from "../../src/shared/job.ts";
import { operations } from "../support/documented.ts";
import type { DocumentedOperation } from "../support/documented.ts";
import type { FuzzRequest } from "./requests.ts";
import type { Stock } from "./target.ts";

const TOO_LONG = 70_000;

/** A few for each batch, of what is in stock. */
export function pairedRequests(stock: Stock): FuzzRequest[] {
  const newest = ask("getJob", pathTo(stock.acmes, "failed"), {
    headers: [
      ["Accept", "text/event-stream"],
      ["Last-Event-ID", stock.lastEvent],
    ],
  });
  const attach = (taskId: string) =>
    post("resolveJob", pathTo(stock.acmes, "unconfirmed", "/resolve"), "operator", {
      action: "attach",
      task_id: taskId,
    });
  return [
    ...operations.filter(({ method }) => method === "POST" || method === "PATCH").flatMap(unfitBodies),
    newest,
    ask("getVideo", pathTo(stock.acmes, "succeeded", "/video?redirect=false")),
    attach("task-of-nobody"),
    // Novita is asked about a job once in 30 s, so one of the two gets no answer.
    attach("task-of-nobody-else"),
    post("resolveJob", pathTo(stock.globexs, "unconfirmed", "/resolve"), "globex", { action: "fail" }),
  ];
}

/** What was understood under an Idempotency-Key, once more, to the last byte. */
export const repeatsOf = (requests: FuzzRequest[]): FuzzRequest[] =>
  requests.filter(({ isFit, headers }) => isFit && headers.some(([name]) => name === "Idempotency-Key"));

const pathTo = (jobs: Map<JobStatus, string>, status: JobStatus, rest = ""): string =>
  `/v1/jobs/${jobs.get(status)}${rest}`;

const ask = (operation: string, target: string, patch: Partial<FuzzRequest> = {}): FuzzRequest => ({
  operation,
  caller: "acme",
  isFit: false,
  method: "GET",
  target,
  headers: [],
  body: null,
  isChunked: false,
  ...patch,
});

const post = (operation: string, target: string, caller: FuzzRequest["caller"], body: object) =>
  ask(operation, target, {
    method: "POST",
    caller,
    headers: [["Content-Type", "application/json"]],
    body: Buffer.from(JSON.stringify(body)),
  });

/** One that is too long, and one of another type. */
function unfitBodies({ id, method, path, keys }: DocumentedOperation): FuzzRequest[] {
  const target = path.replace("{id}", "job_01ARZ3NDEKTSV4RRFFQ69G5FAV");
  const send = (type: string, body: Buffer) =>
    ask(id, target, {
      method,
      caller: keys.includes("tenantKey") ? "acme" : "operator",
      headers: [["Content-Type", type]],
      body,
    });
  return [send("application/json", Buffer.alloc(TOO_LONG, " ")), send("text/plain", Buffer.from("{}"))];
}
