import type { TaskResult } from "../task-result.ts";
import type { Argument, Fault } from "./fault.ts";

/** A gap or oddity of the result's body. All that are ordered for a look apply at once. */
export interface ShapeFault extends Fault {
  change(result: TaskResult, given: { argument: string | undefined; look: number }): TaskResult;
}

const statusWord: Argument = { means: "the status", example: "TASK_STATUS_PAUSED", pattern: /^\w+$/ };

export const shapeFaults: readonly ShapeFault[] = [
  { name: "ttl-number", does: "video_url_ttl is a number", change: (result) => withTtl(result, Number) },
  { name: "ttl-absent", does: "no video_url_ttl", change: (result) => withTtl(result, () => undefined) },
  {
    name: "progress-absent",
    does: "neither progress_percent nor eta",
    change: (result) => withTask(result, { progress_percent: undefined, eta: undefined }),
  },
  {
    name: "progress-zero",
    does: "progress_percent is 0, on success too",
    change: (result) => withTask(result, { progress_percent: 0 }),
  },
  {
    name: "progress-over",
    does: "progress_percent is 150",
    change: (result) => withTask(result, { progress_percent: 150 }),
  },
  {
    name: "progress-back",
    does: "progress_percent falls from look to look, below 0 in the end",
    change: (result, { look }) => withTask(result, { progress_percent: 100 - 30 * look }),
  },
  {
    name: "arrays-absent",
    does: "no images and audios, and no videos where there are none",
    change: ({ images: _images, audios: _audios, videos, ...rest }) =>
      videos?.length ? { ...rest, videos } : rest,
  },
  { name: "extra-absent", does: "no extra", change: ({ extra: _extra, ...rest }) => rest },
  {
    name: "unknown-fields",
    does: "fields that no page mentions",
    change: (result) => ({ ...withTask(result, { mood: "cheerful" }), beta: { nested: [null] } }),
  },
  {
    name: "unknown-status",
    does: "a status that no page mentions",
    argument: statusWord,
    change: (result, { argument = "TASK_STATUS_UNKNOWN" }) => withTask(result, { status: argument }),
  },
  { name: "empty-status", does: "an empty status", change: (result) => withTask(result, { status: "" }) },
];

/** A field set to undefined is left out by JSON. */
function withTask(result: TaskResult, fields: Record<string, unknown>): TaskResult {
  return { ...result, task: { ...result.task, ...fields } };
}

function withTtl(result: TaskResult, change: (ttl: unknown) => number | undefined): TaskResult {
  if (result.videos === undefined) return result;
  const videos = result.videos.map((video) => ({ ...video, video_url_ttl: change(video.video_url_ttl) }));
  return { ...result, videos };
}
