/** The body of `GET /v3/async/task-result`, with the gaps that were seen. */
export interface TaskResult {
  extra?: Record<string, unknown>;
  task: Record<string, unknown>;
  images?: unknown[];
  videos?: Record<string, unknown>[] | undefined;
  audios?: unknown[];
  [unknown: string]: unknown;
}
