import type { Upstream } from "./novita/classify.ts";

/** What a log line says of an upstream's answer: its status, and its reason if that is a code. Free text may quote the prompt. */
export function upstreamFields({ status, reason }: Upstream): {
  http_status: number | null;
  reason: string | null;
} {
  return {
    http_status: status,
    reason: reason !== null && /^[A-Za-z0-9_.-]{1,64}$/.test(reason) ? reason : null,
  };
}
