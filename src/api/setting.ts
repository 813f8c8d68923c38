/**
 * Settings: records that are no job's and outlive them all, such as the operator's pause. A request changes one at most
 * once for each Idempotency-Key: the change, its entry in the audit log and the key's binding are one write, which is
 * made only if nobody else wrote since it was decided.
 */
import type { FastifyRequest } from "fastify";
import type { z } from "zod";

import { auditCommand } from "../shared/store/audit.ts";
import type { NewAuditEntry } from "../shared/store/audit.ts";
import type { Keys } from "../shared/store/keys.ts";
import {
  commitRecord,
  MAX_ROUNDS,
  movesTooOften,
  readRecordOr,
  stateCommand,
} from "../shared/store/record.ts";
import type { Binding, Snapshot, Written } from "../shared/store/record.ts";
import type { RedisClient } from "../shared/store/redis.ts";
import type { Command, Condition } from "../shared/store/scripts.ts";
import { nameOf, ownerOfKeys } from "./auth.ts";
import { bindingOf, holderOf, orUncertain } from "./idempotency.ts";
import type { Claim, Idempotency } from "./idempotency.ts";
import { Problem } from "./problem.ts";

export type SettingDeps = {
  redis: RedisClient;
  keys: Keys;
  idempotency: Idempotency;
  /** How long the binding of an Idempotency-Key lives: no job's record ends it. */
  retentionS: number;
};

/** `initial`, of version 0, is what it is before its first change. */
export type Setting<T> = { key: string; schema: z.ZodType<T>; initial: T };

type Versioned = { status: string; version: number };

/** What a request makes of a setting. */
export type Chosen<T> = {
  after: T;
  about: Omit<NewAuditEntry, "action" | "by">;
  /** What repeats are to find again, if that is not the whole setting: without spaces. */
  holder?: string;
  /** Written with it. */
  also?: Command[];
};

export type SettingChange<T> = {
  /** Its name in the audit log and in the process' own. */
  action: "submissions.pause" | "submissions.resume" | "secret.rotate" | EndpointAction;
  /** Which one is meant, of a setting that is about several things. */
  part?: string;
  /** What it should be; a Problem: the present state does not allow it; null: it is so already. */
  choose: (present: T, now: number) => Chosen<T> | Problem | null;
};

type EndpointAction = `endpoint.${"create" | "update" | "delete" | "rotate" | "enable" | "disable"}`;

/** The setting as it is afterwards, whether the request was a repeat, and what it has brought about, if it was named. */
export type SettingAnswer<T> = Snapshot<T> & { isReplay: boolean; holder: string };

/** Changes a setting as `choose` says, again and again while somebody else writes first. Throws the Problem, if it is one. */
export async function changeSetting<T extends Versioned>(
  deps: SettingDeps,
  request: FastifyRequest,
  setting: Setting<T>,
  { action, part = "", choose }: SettingChange<T>,
): Promise<SettingAnswer<T>> {
  const claim = await claimOfRequest(deps.idempotency, request, part);
  const read = () => readRecordOr(deps.redis, setting.key, setting.schema, setting.initial);
  const replay = async (): Promise<SettingAnswer<T> | null> => {
    const holder = claim && (await deps.idempotency.findHolder(claim));
    return holder === null ? null : { ...(await read()), isReplay: true, holder };
  };
  const repeated = await replay();
  if (repeated) return repeated;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const present = await read();
    const chosen = choose(present.record, present.now());
    if (chosen instanceof Problem) {
      // An equal request may be what has changed the state.
      const repeat = await replay();
      if (repeat) return repeat;
      throw chosen;
    }
    const record = { ...(chosen?.after ?? present.record), version: present.record.version + 1 };
    const holder = chosen?.holder ?? String(record.version);
    if (!chosen && !claim) return { ...present, isReplay: false, holder };
    const deed = chosen && { action, by: nameOf(request.caller), ...chosen.about };
    const also = [...(chosen?.also ?? []), ...(deed ? [auditCommand(deps.keys, deed)] : [])];
    const written = await orUncertain(null, claim, () =>
      write(deps, setting.key, present.record, record, also, bindingOf(claim, holder)),
    );
    if (written.as === "written") {
      if (deed) request.log.tell(action, { ...chosen.about, by: deed.by });
      return { ...present, record, isReplay: false, holder };
    }
    if (written.as === "free" && claim)
      return { ...(await read()), isReplay: true, holder: holderOf(written.found, claim) };
  }
  throw movesTooOften(`setting ${setting.key}`);
}

/** What a POST claims by its Idempotency-Key, of one part of a setting; other methods may come twice as they are. */
export function claimOfRequest(
  idempotency: Idempotency,
  request: FastifyRequest,
  part: string,
): Promise<Claim | null> {
  const route = `${request.method} ${request.routeOptions.url} ${part}`.trimEnd();
  const scope = { tenant: ownerOfKeys(request.caller), route, buys: false };
  const header = request.method === "POST" ? request.headers["idempotency-key"] : undefined;
  return idempotency.claimOf(header, scope, request.sent);
}

/** A repeat must find its key bound even if there was nothing to be done: by then there might be. */
function write(
  { redis, retentionS }: SettingDeps,
  key: string,
  before: Versioned,
  after: Versioned,
  also: Command[],
  binding: Binding | null,
): Promise<Written> {
  const commands: Command[] = [stateCommand(key, after), ...also];
  if (binding) commands.push(["SET", binding.key, binding.value, "EX", retentionS]);
  const conditions: Condition[] = binding ? [["free", binding.key]] : [];
  const guard = { key, version: before.version, sources: [before.status], conditions };
  return commitRecord(redis, guard, commands);
}
