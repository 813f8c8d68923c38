/** What the callers and the operator have done and been told: kept by them, and never read from the product. */
export type Accepted = {
  id: string;
  n: number;
  /** The Idempotency-Key that it was asked for under. */
  key: string;
  /** The job that it buys again. */
  retryOf: string | null;
  /** Epoch milliseconds. */
  at: number;
};

export type Journal = {
  accepted: Accepted[];
  /** Every id that was answered under one key: there must be one. */
  idsByKey: Map<string, Set<string>>;
  /** Jobs that were never answered for, and why. */
  unanswered: string[];
  /** By job: the Idempotency-Keys of the operator's resubmissions, each of which asks for one more purchase. */
  resubmitted: Map<string, Set<string>>;
  attached: Map<string, string>;
  /** Jobs whose task could not be attached. */
  unattachable: Set<string>;
  erased: Set<string>;
  deeds: { cancel: number; retry: number; erase: number; resolve: number; read: number; repeat: number };
};

export const openJournal = (): Journal => ({
  accepted: [],
  idsByKey: new Map(),
  unanswered: [],
  resubmitted: new Map(),
  attached: new Map(),
  unattachable: new Set(),
  erased: new Set(),
  deeds: { cancel: 0, retry: 0, erase: 0, resolve: 0, read: 0, repeat: 0 },
});

export function noteAccepted(journal: Journal, accepted: Accepted): void {
  const ids = journal.idsByKey.get(accepted.key) ?? new Set();
  journal.idsByKey.set(accepted.key, ids);
  if (!journal.accepted.some(({ id }) => id === accepted.id)) journal.accepted.push(accepted);
  ids.add(accepted.id);
}
