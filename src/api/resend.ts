/**
 * Sending many deliveries again, the oldest first and at a pace. It goes in steps, each of them one write: its deliveries
 * move, take their turns, and the first one tells the audit log, if none of them and nothing of the tenant's endpoints and
 * turns has moved since it was read. So those who ask for the same at the same time find them on their way, and after a
 * crash the same request goes on with what is left.
 */
import type { FastifyRequest } from "fastify";
import { z } from "zod";

import { Delivery } from "../shared/delivery.ts";
import { addressOf, closedBecause } from "../shared/endpoint.ts";
import type { Endpoints } from "../shared/endpoint.ts";
import { auditCommand } from "../shared/store/audit.ts";
import { readEndpoints, sameEndpoints } from "../shared/store/endpoints.ts";
import { handOver } from "../shared/store/hand-over.ts";
import type { Ledger } from "../shared/store/ledger.ts";
import { deliverWakeUp, deliveryCommands } from "../shared/store/outgoing.ts";
import {
  commitRecord,
  MAX_ROUNDS,
  movesTooOften,
  readRecordOr,
  stateCommand,
} from "../shared/store/record.ts";
import type { Guard } from "../shared/store/record.ts";
import type { Command, Condition } from "../shared/store/scripts.ts";
import { nameOf } from "./auth.ts";
import { bindingOf, holderOf, orUncertain } from "./idempotency.ts";
import type { Claim, Idempotency } from "./idempotency.ts";
import type { Position } from "./lists/cursor.ts";
import { readAll } from "./lists/list.ts";
import type { Walk } from "./lists/list.ts";
import { nextGeneration } from "./redeliver.ts";
import { noTurns, takeTurns, Turns } from "./turns.ts";

export type ResendDeps = Pick<Ledger, "redis" | "keys" | "policy" | "motor"> & {
  idempotency: Idempotency;
  retentionS: number;
};

export type Wish = {
  /** Its name in the audit log and in the process' own. */
  action: "endpoint.recover" | "deliveries.redeliver";
  tenant: string;
  /** What it is done to, for those logs. */
  subject: string | null;
  /** The endpoint that the path names. It belongs to the route of an Idempotency-Key, as nothing of a body does. */
  endpointId: string | null;
  /** The deliveries that come into question, oldest first, and where to begin. */
  walk: Walk;
  from: Position;
  wants: (delivery: Delivery) => boolean;
  /** Throws the Problem, if the tenant's endpoints do not allow it. */
  check: (endpoints: Endpoints) => void;
  isDryRun: boolean;
};

/**
 * `matched`: those that fit and can be sent; `sent`: those that are sent again; `skipped`: those that fit, but whose endpoint is
 * deleted or disabled; `goOnAt`: the time (ms) of the first that was left for another request, null: none was.
 */
const Resent = z.object({
  matched: z.number(),
  sent: z.number(),
  skipped: z.number(),
  goOnAt: z.number().nullable(),
});
export type Resent = z.infer<typeof Resent>;

export type Answer = Resent & { isReplay: boolean };

/** The deliveries of one step: one script, and so many entries of the queue at once. */
const STEP = 100;
/** At most so many are sent again by one request. */
const MOST_AT_ONCE = 10_000;
/** At most so many are looked at for one request. */
const LONGEST_WALK = 100_000;

/** Sends again what the wish wants, once for each Idempotency-Key, whose repeats are told what was done then. */
export async function resend(deps: ResendDeps, request: FastifyRequest, wish: Wish): Promise<Answer> {
  const scope = {
    tenant: wish.tenant,
    route: `POST ${request.routeOptions.url} ${wish.endpointId}`,
    buys: false,
  };
  const claim = await deps.idempotency.claimOf(request.headers["idempotency-key"], scope, request.sent);
  const held = claim && (await deps.idempotency.findHolder(claim));
  if (held) return replayOf(held);
  wish.check((await readEndpoints(deps.redis, deps.keys, wish.tenant)).record);
  const resent = await walkOn({ ...deps, request, claim }, wish);
  if (resent.sent > 0) tellResent(request, wish, resent);
  return remember(deps, wish, claim, resent);
}

type StepDeps = ResendDeps & { request: FastifyRequest; claim: Claim | null };

async function walkOn(deps: StepDeps, wish: Wish): Promise<Resent> {
  const sum = { matched: 0, sent: 0, skipped: 0 };
  let place = wish.from;
  for (let walked = 0; walked < LONGEST_WALK; walked += STEP) {
    const entries = await wish.walk(place, STEP);
    const ids = entries.map(({ id }) => id);
    const { chosen, skipped, left } = await takeStep(deps, wish, ids, sum);
    sum.matched += chosen.length;
    sum.sent += wish.isDryRun ? 0 : chosen.length;
    sum.skipped += skipped;
    if (left) return { ...sum, goOnAt: left.createdAt };
    if (entries.length < STEP) return { ...sum, goOnAt: null };
    place = entries.at(-1) ?? place;
  }
  return { ...sum, goOnAt: place.at };
}

/** `left`: the first that would have been one too many. */
type Step = { chosen: Delivery[]; skipped: number; left: Delivery | undefined; endpoints: Endpoints };

async function takeStep(
  deps: StepDeps,
  wish: Wish,
  ids: string[],
  { matched, sent }: Pick<Resent, "matched" | "sent">,
): Promise<Step> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const step = await chooseStep(deps, wish, ids, MOST_AT_ONCE - matched);
    const isOver = wish.isDryRun || step.chosen.length === 0;
    if (isOver || (await writeStep(deps, wish, step, sent === 0))) return step;
  }
  throw movesTooOften(`turns of ${wish.tenant}`);
}

async function chooseStep(
  { redis, keys, request }: StepDeps,
  wish: Wish,
  ids: string[],
  room: number,
): Promise<Step> {
  const [{ record: endpoints }, found] = await Promise.all([
    readEndpoints(redis, keys, wish.tenant),
    readAll(redis, keys.delivery, Delivery, request.log)(ids),
  ]);
  wish.check(endpoints);
  const known = found.filter((each) => each !== null);
  const fitting = known.filter((each) => isSendable(each) && wish.wants(each));
  const reachable = fitting.filter((each) => isReachable(each, endpoints));
  const [chosen, left] = [reachable.slice(0, room), reachable[room]];
  const looked = left ? fitting.indexOf(left) : fitting.length;
  return { chosen, skipped: looked - chosen.length, left, endpoints };
}

/**
 * Not on its way, and not erased. Erasure takes the address of each delivery of a job and moves it, so that of the two writes
 * the second one finds the first.
 */
const isSendable = ({ status, url, lastError }: Delivery): boolean =>
  status !== "pending" && status !== "delivering" && url !== "" && lastError !== "event_gone";

const isReachable = ({ endpointId }: Delivery, endpoints: Endpoints): boolean =>
  endpointId === null || closedBecause(endpoints, endpointId) === null;

/** false: somebody else has moved something first. */
async function writeStep(
  { redis, keys, policy, motor, request, claim }: StepDeps,
  { action, tenant, subject }: Wish,
  { chosen, endpoints }: Step,
  isFirst: boolean,
): Promise<boolean> {
  const [turns, waiting] = await Promise.all([
    readTurns({ redis, keys }, tenant),
    redis.zcard(keys.deliveriesBy(tenant, "pending")),
  ]);
  const now = turns.now();
  const { times, after } = takeTurns(turns.record, chosen, now, waiting);
  const moved = chosen.map((each, n) => ({
    before: each,
    after: begunAnew(each, endpoints, times[n] ?? now),
  }));
  const unmoved = chosen.map(({ id, version }): Condition => ["version", keys.delivery(id), version]);
  const commands = [
    stateCommand(keys.turns(tenant), after),
    ...moved.flatMap((each) => deliveryCommands(keys, policy, each.before, each.after, now)),
    ...(isFirst ? [auditCommand(keys, { action, by: nameOf(request.caller), tenant, subject })] : []),
  ];
  const conditions = [sameEndpoints(keys, tenant, endpoints), ...unmoved];
  const guard = { ...guardOf({ keys }, tenant, turns.record), conditions };
  const written = await orUncertain(null, claim, () => commitRecord(redis, guard, commands), REPEAT);
  if (written.as !== "written") return false;
  const wakeUps = moved.map((each) => deliverWakeUp(each.after));
  await handOver(motor, wakeUps, now, request.log);
  return true;
}

const begunAnew = (delivery: Delivery, endpoints: Endpoints, at: number): Delivery => ({
  ...delivery,
  ...nextGeneration(delivery, at),
  url: addressOf(delivery, endpoints),
  version: delivery.version + 1,
});

const REPEAT = "Repeat the request: what is on its way already is left alone.";

/** What a repeat is told. It is bound at the end, so that the repeat of a request that broke off goes on with it. */
async function remember(
  deps: ResendDeps,
  { tenant }: Wish,
  claim: Claim | null,
  resent: Resent,
): Promise<Answer> {
  const { redis, keys, retentionS } = deps;
  const binding = bindingOf(claim, JSON.stringify(resent));
  if (!claim || !binding) return { ...resent, isReplay: false };
  const bind: Command = ["SET", binding.key, binding.value, "EX", retentionS];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { record } = await readTurns(deps, tenant);
    const kept = stateCommand(keys.turns(tenant), { ...record, version: record.version + 1 });
    const guard: Guard = { ...guardOf(deps, tenant, record), conditions: [["free", binding.key]] };
    const written = await orUncertain(null, claim, () => commitRecord(redis, guard, [kept, bind]), REPEAT);
    if (written.as === "written") return { ...resent, isReplay: false };
    if (written.as === "free") return replayOf(holderOf(written.found, claim));
  }
  throw movesTooOften(`turns of ${tenant}`);
}

const replayOf = (holder: string): Answer => ({ ...Resent.parse(JSON.parse(holder)), isReplay: true });

const readTurns = ({ redis, keys }: Pick<ResendDeps, "redis" | "keys">, tenant: string) =>
  readRecordOr(redis, keys.turns(tenant), Turns, noTurns);

const guardOf = ({ keys }: Pick<ResendDeps, "keys">, tenant: string, { version, status }: Turns): Guard => ({
  key: keys.turns(tenant),
  version,
  sources: [status],
});

function tellResent(
  { log, caller }: FastifyRequest,
  { action, tenant, subject }: Wish,
  resent: Resent,
): void {
  const { matched, sent, skipped } = resent;
  log.tell(action, { by: nameOf(caller), tenant, subject, matched, redelivering: sent, skipped });
}
