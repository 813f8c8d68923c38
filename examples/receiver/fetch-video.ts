import { createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Job } from "./work-off.ts";

const WITHIN_MS = 600_000;

export type Access = { api: string; key: string; folder: string };

/**
 * Saves a job's video and returns the file's name. By `urls.video`, since the link in the event dies within the hour: it
 * redirects to one that works, to which `fetch` does not carry the key on.
 */
export async function fetchVideo(
  { id, urls }: Job,
  { api, key, folder }: Access,
  stopped: AbortSignal,
): Promise<string> {
  // The key goes to the API and nowhere else, whatever address the event names.
  const url = new URL(new URL(urls.video, api).pathname, api);
  const headers = { Authorization: `Bearer ${key}` };
  const answer = await fetch(url, {
    headers,
    signal: AbortSignal.any([stopped, AbortSignal.timeout(WITHIN_MS)]),
  });
  if (!answer.ok || answer.body === null) throw new Error(`${url.pathname} answered ${answer.status}`);
  const file = join(folder, `${id}.mp4`);
  await pipeline(answer.body, createWriteStream(`${file}.part`));
  // A file by this name is whole.
  await rename(`${file}.part`, file);
  return file;
}
