import { html, send, type Answer } from "../answer.ts";
import { novitaError, refuse } from "../refusals.ts";

/** Statuses after which nobody can tell whether a POST was accepted. */
export const ambiguousStatuses = [408, 500, 502, 503, 504] as const;

/** A 500 is usually Novita's own; the others are usually a proxy's page. */
export function errorAnswer(status: number, body: string = status === 500 ? "novita" : "html"): Answer {
  if (body === "empty") return send(status, {}, "");
  return body === "html" ? html(status) : novitaAnswer(status);
}

function novitaAnswer(status: number): Answer {
  if (status === 500) return refuse("CREATE_TASK_FAILED");
  if (status === 503) return refuse("SERVER_OVERLOAD");
  return novitaError(status, "UPSTREAM_ERROR", `upstream answered ${status}`);
}
