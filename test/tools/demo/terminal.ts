import { PassThrough } from "node:stream";
import { WriteStream } from "node:tty";
import type { Output } from "../../../tools/demo/text.ts";

/** Keeps everything that was written to it. */
export type Paper = Output & { written: () => string };

/** A terminal when it has a size, which tells of colours what Node's own terminals do; else a pipe. */
export function paper(size?: { columns: number; rows: number }): Paper {
  const stream = new PassThrough();
  let text = "";
  stream.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  return Object.assign(stream, { written: () => text }, size && { ...size, isTTY: true, getColorDepth });
}

const getColorDepth = (): number => WriteStream.prototype.getColorDepth();

/** What a person sees: the lines that remain, those that have scrolled out included, and whether there is a cursor. */
export function seenOn(text: string, columns: number): { lines: string[]; hasCursor: boolean } {
  const lines: string[][] = [[]];
  let [row, column, hasCursor] = [0, 0, true];
  const newLine = () => {
    [row, column] = [row + 1, 0];
    while (lines.length <= row) lines.push([]);
  };
  const clearBelow = () => {
    lines[row]?.splice(column);
    lines.splice(row + 1);
  };
  // oxlint-disable-next-line no-control-regex
  for (const [piece, count = "", verb] of text.matchAll(/\x1b\[\??(\d*)(?:;\d+)*([A-Za-z])|[^]/gu)) {
    if (verb === "A") row = Math.max(0, row - Number(count || 1));
    else if (verb === "K") lines[row]?.splice(column);
    else if (verb === "J") clearBelow();
    else if (count === "25") hasCursor = verb === "h";
    else if (piece === "\r") column = 0;
    else if (piece === "\n") newLine();
    else if (verb === undefined) {
      if (column === columns) newLine();
      const line = lines[row] ?? [];
      while (line.length < column) line.push(" ");
      line[column++] = piece;
    }
  }
  return { lines: lines.map((line) => line.join("").trimEnd()), hasCursor };
}
