import { openHttpGate } from "./http-gate.ts";
import type { OnEnd } from "./on-end.ts";

/** A gate that lets everything pass and notes when each request that buys comes by. */
export async function openPostClock(url: string, postedAt: number[], onEnd: OnEnd): Promise<string> {
  const matches = ({ method }: { method: string }) => {
    if (method === "POST") postedAt.push(Date.now());
    return false;
  };
  const gate = await openHttpGate(url, { when: "before", matches, spring: async () => "pass" }, onEnd);
  return gate.url;
}
