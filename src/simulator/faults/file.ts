import { delayed, dripped, html, type Answer } from "../answer.ts";
import { s3Error } from "../files.ts";
import { milliseconds, type Fault } from "./fault.ts";

/** A fault of one download of the video. */
export interface FileFault extends Fault {
  answer(given: { normal: Answer; redirectTo: string; argument: string | undefined }): Answer;
}

export const fileFaults: readonly FileFault[] = [
  { name: "expired", does: "403, as if the link had expired", answer: () => s3Error("AccessDenied") },
  { name: "missing", does: "404, as if the file had been removed", answer: () => s3Error("NoSuchKey") },
  {
    name: "wrong-length",
    does: "Content-Length promises twice what comes before the line goes dead",
    answer: ({ normal }) => (normal.kind === "send" ? { ...normal, kind: "cut" } : normal),
  },
  {
    name: "not-video",
    does: "200 video/mp4, and then it is HTML",
    answer: () => html(200, { "content-type": "video/mp4" }),
  },
  {
    name: "late",
    does: "the file comes late",
    argument: milliseconds,
    answer: ({ normal, argument = "5000" }) => delayed(normal, Number(argument)),
  },
  {
    name: "slow",
    does: "the file trickles out in twenty pieces; the argument is the gap between them",
    argument: milliseconds,
    answer: ({ normal, argument = "500" }) => dripped(normal, Number(argument)),
  },
  {
    name: "redirect",
    does: "302 to the same file, which then comes",
    answer: ({ redirectTo }) => html(302, { location: redirectTo }),
  },
];
