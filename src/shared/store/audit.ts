/** The audit log: who resolved, paused, attached, rotated, made or revoked. */
import type { Keys } from "./keys.ts";
import type { Command } from "./scripts.ts";

/** `by` is the operator, or a tenant and its key; `tenant` and `subject` say whom and what it was done to. */
export type AuditEntry = {
  action: string;
  by: string;
  tenant: string | null;
  subject: string | null;
};

/** The newest entries are kept, about so many. */
const ENTRIES_KEPT = 10_000;

export const auditCommand = (keys: Keys, entry: AuditEntry): Command => [
  "XADD",
  keys.audit,
  "MAXLEN",
  "~",
  ENTRIES_KEPT,
  "*",
  "entry",
  JSON.stringify(entry),
];
