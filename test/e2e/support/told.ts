import { eventually } from "../../support/eventually.ts";
import type { News } from "./postbox.ts";

/** Waits for the status and the webhooks; returns the status, or what was still missing. */
export async function untilTold(
  readStatus: () => Promise<string>,
  webhooks: () => News,
  { status: expected, events }: { status: string; events: string[] },
  withinMs: number,
): Promise<string> {
  const check = async () => {
    const status = await readStatus();
    const told = webhooks();
    const missing = events.filter((type) => !told.has(type));
    if (status === expected && missing.length === 0) return status;
    throw new Error(`${status}, not told: ${missing.join(", ") || "nothing"}`);
  };
  return eventually(check, withinMs).catch((error: unknown) => String(error));
}
