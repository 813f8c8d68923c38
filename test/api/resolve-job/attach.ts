// What the tests of attaching a task share.
import type { LookOutcome } from "../../../src/worker/novita/classify.ts";
import { ADMIN, type Call, type TestApi } from "../../support/api.ts";

export const TASK = "7a3f0c1e-task";

/** By the operator, unless told otherwise. */
export const attach = (api: TestApi, id: string, fields: object = {}, options: Call = {}) =>
  api.call("POST", `/v1/jobs/${id}/resolve`, {
    key: ADMIN,
    body: { action: "attach", task_id: TASK, ...fields },
    ...options,
  });

export const missing: LookOutcome = { kind: "missing" };
export const failed: LookOutcome = {
  kind: "failed",
  reason: "boom",
  upstream: { status: 200, reason: null },
};

/** What the audit log says. */
export async function audited(api: TestApi): Promise<unknown[]> {
  const entries = await api.ledger.redis.xrange(api.ledger.keys.audit, "-", "+");
  return entries.map(([, [, entry = ""]]) => JSON.parse(entry));
}
