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
import type { Snapshot, Written } from "../shared/store/record.ts";
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

export type SettingChange<T> = {
  /** Its name in the audit log and in the process' own. */
  action: "submissions.pause" | "submissions.resume" | "secret.rotate";
  /** What it should be; a Problem: the present state does not allow it; null: it is so already. */
  choose: (
    present: T,
    now: number,
  ) => { after: T; about: Omit<NewAuditEntry, "action" | "by"> } | Problem | null;
};

/** The setting as it is afterwards, and whether the request was a repeat. */
export type SettingAnswer<T> = Snapshot<T> & { isReplay: boolean };

/** Changes a setting as `choose` says, again and again while somebody else writes first. Throws the Problem, if it is one. */
export async function changeSetting<T extends Versioned>(
  deps: SettingDeps,
  request: FastifyRequest,
  setting: Setting<T>,
  { action, choose }: SettingChange<T>,
): Promise<SettingAnswer<T>> {
  const { idempotency } = deps;
  const route = `${request.method} ${request.routeOptions.url}`;
  const scope = { tenant: ownerOfKeys(request.caller), route, buys: false };
  const claim = await idempotency.claimOf(request.headers["idempotency-key"], scope, request.sent);
  const isHeld = async () => claim !== null && (await idempotency.findHolder(claim)) !== null;
  const read = () => readRecordOr(deps.redis, setting.key, setting.schema, setting.initial);
  const replay = async () => ({ ...(await read()), isReplay: true });
  if (await isHeld()) return replay();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const present = await read();
    const chosen = choose(present.record, present.now());
    if (chosen instanceof Problem) {
      // An equal request may be what has changed the state.
      if (await isHeld()) return replay();
      throw chosen;
    }
    if (!chosen && !claim) return { ...present, isReplay: false };
    const record = { ...(chosen?.after ?? present.record), version: present.record.version + 1 };
    const deed = chosen && { action, by: nameOf(request.caller), ...chosen.about };
    const written = await orUncertain(null, claim, () =>
      write(deps, setting.key, present.record, record, deed, claim),
    );
    if (written.as === "written") {
      if (deed) request.log.tell(action, { ...chosen.about, by: deed.by });
      return { ...present, record, isReplay: false };
    }
    if (written.as === "free" && claim && holderOf(written.found, claim)) return replay();
  }
  throw movesTooOften(`setting ${setting.key}`);
}

/** A repeat must find its key bound even if there was nothing to be done: by then there might be. */
function write(
  { redis, keys, retentionS }: SettingDeps,
  key: string,
  before: Versioned,
  after: Versioned,
  deed: NewAuditEntry | null,
  claim: Claim | null,
): Promise<Written> {
  const commands: Command[] = [stateCommand(key, after)];
  if (deed) commands.push(auditCommand(keys, deed));
  const binding = bindingOf(claim, String(after.version));
  if (binding) commands.push(["SET", binding.key, binding.value, "EX", retentionS]);
  const conditions: Condition[] = binding ? [["free", binding.key]] : [];
  const guard = { key, version: before.version, sources: [before.status], conditions };
  return commitRecord(redis, guard, commands);
}
