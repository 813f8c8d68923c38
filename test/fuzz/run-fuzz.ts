/** Sends requests of all kinds for every operation of the document, and judges every answer. */
import * as fc from "fast-check";
import { z } from "zod";

import { operations } from "../support/documented.ts";
import type { Received } from "../support/documented.ts";
import type { LogLine } from "../support/log-book.ts";
import { exchange } from "./exchange.ts";
import { faultOf } from "./judge.ts";
import { pairedRequests, repeatsOf } from "./pairs.ts";
import { credentials, requestsFor, toBytes } from "./requests.ts";
import type { FuzzRequest } from "./requests.ts";
import { openTarget } from "./target.ts";
import type { Stock, Target } from "./target.ts";

export type FuzzPlan = { redisUrl: string; prefix: string; requests: number; seed: number };

export type FuzzReport = {
  /** How many requests, by operation and status. */
  counts: Map<string, Map<number, number>>;
  /** What was wrong, with the request that brought it to light. */
  faults: string[];
  /** Lines of the API's log that tell of an error nobody foresaw. */
  errors: object[];
};

const BATCH = 500;
const AT_ONCE = 16;
/** Enough to see what is wrong. */
const MOST_FAULTS = 20;

export async function runFuzz({ redisUrl, prefix, requests, seed }: FuzzPlan): Promise<FuzzReport> {
  const target = await openTarget(redisUrl, prefix);
  const counts: FuzzReport["counts"] = new Map();
  const faults: string[] = [];
  const made = new Set<string>();
  const begun = new Set<string>();
  try {
    for (let sent = 0; sent < requests && faults.length < MOST_FAULTS; sent += BATCH) {
      const stock = await target.stockUp();
      for (const id of stock.jobs) begun.add(id);
      const drawn = drawRequests(stock, Math.min(BATCH, requests - sent), seed + sent);
      const take = async (request: FuzzRequest) => {
        const { answer, fault } = await askUntilHeard(target, request, made);
        if (fault !== null) faults.push(describe(request, answer, fault));
        tally(counts, request.operation, answer?.status ?? 0);
        if (answer) note(made, request, answer);
      };
      await inLanes(pairedRequests(stock), take);
      await inLanes(drawn, take);
      await inLanes(repeatsOf(drawn), take);
      faults.push(...(await faultsOfLedger(target, made, begun)));
    }
    return { counts, faults, errors: target.api.logs.lines.filter(isUnforeseen) };
  } finally {
    await target.close();
  }
}

/** That a request was answered with 5xx is judged by its answer. */
const isUnforeseen = ({ level, msg }: LogLine): boolean =>
  (level === "error" || level === "fatal") && msg !== "http.request";

/** The same seed draws the same requests, but for the ids that they name. */
function drawRequests(stock: Stock, count: number, seed: number): FuzzRequest[] {
  const any = fc.oneof(...operations.map((operation) => requestsFor(operation, stock)));
  return fc.sample(any, { numRuns: count, seed });
}

async function inLanes<T>(items: T[], take: (item: T) => Promise<void>): Promise<void> {
  const rest = items[Symbol.iterator]();
  const lane = async () => {
    for (const item of rest) await take(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** A machine that is very busy may let Redis be late, once: a 503 is asked again, and what it may have made is kept in mind. */
async function askUntilHeard(target: Target, request: FuzzRequest, made: Set<string>): Promise<Asked> {
  const asked = await ask(target, request);
  if (asked.answer?.status !== 503) return asked;
  const { job_id: uncertain } = Uncertain.parse(JSON.parse(asked.answer.text));
  if (uncertain !== undefined) made.add(uncertain);
  return ask(target, request);
}

const Uncertain = z.object({ job_id: z.string().optional() });

type Asked = { answer: Received | null; fault: string | null };

async function ask({ port, revokedKey, secrets }: Target, request: FuzzRequest): Promise<Asked> {
  try {
    const answer = await exchange(port, toBytes(request, credentials(revokedKey)[request.caller]));
    return { answer, fault: faultOf(request, answer, secrets) };
  } catch (error) {
    return { answer: null, fault: String(error) };
  }
}

function tally(counts: FuzzReport["counts"], operation: string, status: number): void {
  const byStatus = counts.get(operation) ?? new Map<number, number>();
  counts.set(operation, byStatus.set(status, (byStatus.get(status) ?? 0) + 1));
}

const Made = z.object({ id: z.string() });

/** The jobs that answers tell of as made. */
function note(made: Set<string>, { operation }: FuzzRequest, { status, text }: Received): void {
  const makes = operation === "createJob" || operation === "retryJob";
  if (makes && (status === 200 || status === 202)) made.add(Made.parse(JSON.parse(text)).id);
}

/** A refusal makes nothing, and nothing here buys: there are the jobs that were told of, and no others. */
async function faultsOfLedger(target: Target, made: Set<string>, begun: Set<string>): Promise<string[]> {
  const jobs = await target.readJobs();
  return jobs.flatMap(({ id, attempts }) => {
    if (begun.has(id)) return [];
    if (!made.has(id)) return [`The job ${id} is there, and no answer has told of it.`];
    return attempts > 0 ? [`The job ${id} was begun, and nobody submits here.`] : [];
  });
}

function describe(request: FuzzRequest, answer: Received | null, fault: string): string {
  const body =
    request.body === null ? "no body" : JSON.stringify(request.body.toString("latin1").slice(0, 500));
  const headers = request.headers.map(([name, value]) => `${name}: ${value.slice(0, 200)}`).join(" | ");
  const asked = `${request.method} ${request.target.slice(0, 500)} as ${request.caller}, ${headers}, ${body}`;
  return `${request.operation} -> ${answer?.status ?? "nothing"}: ${fault.slice(0, 1000)}\n  ${asked}`;
}
