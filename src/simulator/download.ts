import type { Answer } from "./answer.ts";
import { directiveAt } from "./faults/fault.ts";
import { checkUrl, s3Error, serveVideo } from "./files.ts";
import type { Simulation } from "./simulation.ts";

export interface Download {
  fileId: string;
  url: string;
  query: Record<string, string>;
  range: string | undefined;
}

/** One GET of a video. */
export function downloadVideo(simulation: Simulation, { fileId, url, query, range }: Download): Answer {
  const { ledger, armed, clock, signingKey, video } = simulation;
  const task = ledger.findByFile(fileId);
  if (task === undefined) return s3Error("NoSuchKey");
  const refusal = checkUrl(fileId, query, clock(), signingKey);
  if (refusal) return refusal;
  const normal = serveVideo(video, range);
  // Who comes back from the redirect below shall get the file, not the next fault.
  if ("redirected" in query) return normal;
  task.downloads += 1;
  const directive = directiveAt(task.script.file, task.downloads - 1) ?? armed.take("file");
  return (
    directive?.fault.answer({ normal, argument: directive.argument, redirectTo: `${url}&redirected=1` }) ??
    normal
  );
}
