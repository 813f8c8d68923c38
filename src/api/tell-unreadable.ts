import type { Logger } from "../shared/logger.ts";
import { NewerRecordError } from "../shared/store/record.ts";
import type { UnreadableRecordError } from "../shared/store/record.ts";

/** Says of a record that could not be shown why. `id`: of the one that was asked for, where it is known. */
export function tellUnreadable(log: Pick<Logger, "tell">, error: UnreadableRecordError, id?: string): void {
  if (error instanceof NewerRecordError) log.tell("record.newer", { message: error.message, id });
  else log.tell("record.corrupt", { err: error, id });
}
