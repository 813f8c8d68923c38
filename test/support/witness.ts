import type { Testimony } from "../../src/shared/store/jobs.ts";
import type { Ledger } from "../../src/shared/store/ledger.ts";
import { createWitness } from "../../src/worker/witness.ts";
import type { Witness } from "../../src/worker/witness.ts";

const GAP_MS = 60_000;

/** The witness of a worker, which takes the ledger's Redis for what it is; it logs nothing. */
export function testWitness({ redis, keys }: Pick<Ledger, "redis" | "keys">): Witness {
  return createWitness({ redis, keys, restoreGapMs: GAP_MS, log: { tell: () => undefined } });
}

/** What a worker that has just come to this Redis may name as its testimony. */
export async function newTestimony(ledger: Pick<Ledger, "redis" | "keys">): Promise<Testimony> {
  const testimony = await testWitness(ledger).testify();
  if (!testimony) throw new Error("The server could not be judged.");
  return testimony;
}
