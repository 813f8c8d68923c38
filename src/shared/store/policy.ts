/** What of the configuration the ledger keeps its books by. Times in ms. */
export type Policy = {
  publicUrl: string | null;
  submitTimeoutMs: number;
  deliveryTimeoutMs: number;
  retentionMs: number;
  /** Micro-dollars that a tenant may spend in a UTC day; null: any. */
  dailyBudget: number | null;
  /** How much of its memory Redis may use, in percent, before new jobs are refused; null: any. */
  memoryPercent: number | null;
  /** How many jobs of a tenant may be queued; null: any number. */
  maxQueued: number | null;
};
