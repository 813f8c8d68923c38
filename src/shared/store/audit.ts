/** The audit log: who resolved, paused, attached, rotated, made or revoked. */
import { z } from "zod";

import type { Keys } from "./keys.ts";
import type { Command } from "./scripts.ts";

/** `by` is the operator, or a tenant and its key; `tenant` and `subject` say whom and what it was done to, `reason` why. */
export const AuditEntry = z.object({
  action: z.string(),
  by: z.string(),
  tenant: z.string().nullable(),
  subject: z.string().nullable(),
  reason: z.string().nullable().default(null),
});
export type AuditEntry = z.infer<typeof AuditEntry>;
/** As it is written: most give no reason. */
export type NewAuditEntry = z.input<typeof AuditEntry>;

/** About how many entries are kept of each kind, the newest. */
const ENTRIES_KEPT = 10_000;

export const auditCommand = (keys: Keys, entry: NewAuditEntry): Command => [
  "XADD",
  entry.by.startsWith("tenant ") ? keys.auditOfTenants : keys.audit,
  "MAXLEN",
  "~",
  ENTRIES_KEPT,
  "*",
  "entry",
  JSON.stringify(entry),
];
