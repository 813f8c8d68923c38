import type { TaskResult } from "./task-result.ts";
import { taskAt, type Moment, type Task, type TaskState } from "./tasks.ts";

const statuses: Record<Exclude<TaskState, "lost">, string> = {
  queued: "TASK_STATUS_QUEUED",
  processing: "TASK_STATUS_PROCESSING",
  succeeded: "TASK_STATUS_SUCCEED",
  failed: "TASK_STATUS_FAILED",
};

/** Returns undefined for a task that has been lost. */
export function describeTask(
  task: Task,
  now: number,
  video: { url: string; ttlS: number },
): TaskResult | undefined {
  const moment = taskAt(task, now);
  if (moment.state === "lost") return undefined;
  return {
    extra: { seed: String(task.order.seed), enable_nsfw_detection: false },
    task: {
      task_id: task.id,
      status: statuses[moment.state],
      reason: moment.state === "failed" ? moment.reason : "",
      task_type: "WAN_2_7_TXT_TO_VIDEO",
      eta: Math.ceil((task.generationMs * (1 - moment.share)) / 1000),
      progress_percent: moment.state === "failed" ? 0 : Math.floor(moment.share * 100),
    },
    images: [],
    videos: videosAt(moment, video),
    audios: [],
  };
}

function videosAt(
  moment: Moment,
  { url, ttlS }: { url: string; ttlS: number },
): Record<string, unknown>[] | undefined {
  if (moment.state !== "succeeded" || moment.video === "empty") return [];
  if (moment.video === "absent") return undefined;
  const video_url = moment.video === "blank" ? "" : url;
  return [{ video_url, video_url_ttl: String(ttlS), video_type: "mp4" }];
}
