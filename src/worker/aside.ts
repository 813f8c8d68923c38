/**
 * Records that nobody can understand. Whoever meets one takes it off both walks, with an alarm, and leaves it as it is: to
 * try it again and again would help nobody, and to write over it might lose what it says. Every few minutes rescue looks at
 * what is aside, a bounded number at a time. What can be read again, having been repaired, is written as it is, which puts
 * it back where it belongs; the rest is alarmed anew.
 */
import { note } from "../shared/change.ts";
import { isDeliveryId } from "../shared/ids.ts";
import type { Logger } from "../shared/logger.ts";
import type { DeliveryStore } from "../shared/store/deliveries.ts";
import type { JobStore } from "../shared/store/jobs.ts";
import { CorruptRecordError } from "../shared/store/record.ts";
import type { DueStore } from "./due.ts";

export type AsideDeps = { jobs: JobStore; deliveries: DeliveryStore; due: DueStore; log: Logger };

/** Whoever meets it again before it is looked at says nothing more. `error`: about the record, or about one that it needs. */
export async function setAside(
  { due, log }: Pick<AsideDeps, "due" | "log">,
  id: string,
  error: CorruptRecordError,
): Promise<void> {
  if (await due.setAside(id)) tellAside(log, id, error);
}

/** Looks at one that is aside. */
export async function lookAgain(deps: AsideDeps, id: string): Promise<void> {
  try {
    await rewrite(deps, id);
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error;
    return tellAside(deps.log, id, error);
  }
  if (await deps.due.takeBack(id)) deps.log.tell("record.returned", { id });
}

/** Whoever moves it first has put it back as well. */
async function rewrite({ jobs, deliveries, due }: AsideDeps, id: string): Promise<void> {
  if (!isDeliveryId(id)) {
    if (!(await jobs.changeJob(id, (job) => note(job, {}, null)))) await due.forget(id);
    return;
  }
  const found = await deliveries.readDelivery(id);
  if (found) await deliveries.writeDelivery(found.record, {}, found.now());
  else await due.forget(id);
}

const tellAside = (log: Logger, id: string, { message }: Error): void =>
  log.tell("record.set_aside", { id, message });
