import { UnreadableRecordError } from "../../shared/store/record.ts";
import { isUnavailable } from "../../shared/store/redis.ts";

/** null: Redis cannot be asked now. Who watches outlasts an outage: there will be another hint. */
export async function orNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Error && isUnavailable(error)) return null;
    throw error;
  }
}

/** A record may be repaired, or be of a version that is being rolled out, while somebody waits. */
export function nullIfUnreadable(error: unknown): null {
  if (error instanceof UnreadableRecordError) return null;
  throw error;
}
