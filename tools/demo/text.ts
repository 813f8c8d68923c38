// Text for the screen as pieces with a tone, so that its width is known before colour is added.
import { stripVTControlCharacters, styleText } from "node:util";

export type Tone = "plain" | "strong" | "good" | "bad" | "dim" | "loud";
export type Piece = string | readonly [text: string, tone: Tone];
export type Line = readonly Piece[];

/** What text is written to: a terminal, a pipe or a file. */
export type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };

const STYLES: Record<Exclude<Tone, "plain">, Parameters<typeof styleText>[0]> = {
  strong: "bold",
  good: "green",
  bad: ["bold", "red"],
  dim: "dim",
  loud: ["bold", "yellow"],
};
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** In colour if the output wants it: `styleText` asks the terminal, TERM, NO_COLOR and FORCE_COLOR. */
export function paint(line: Line, output: Output): string {
  return line
    .map((piece) => {
      const [text, tone] = [textOf(piece), toneOf(piece)];
      return tone === "plain" || text === "" ? text : styleText(STYLES[tone], text, { stream: output });
    })
    .join("");
}

/** A terminal that does not know its size says 0. */
export const sizeOf = (output: Output) => ({ columns: output.columns || 80, rows: output.rows || 24 });

/** In cells of the terminal, for text in which each character takes one. */
export const widthOf = (line: Line): number => line.reduce((sum, piece) => sum + textOf(piece).length, 0);

/** Cuts what is beyond the width. */
export function clip(line: Line, width: number): Line {
  let left = Math.max(0, width);
  return line.map((piece) => {
    const text = textOf(piece).slice(0, left);
    left -= text.length;
    return [text, toneOf(piece)] as const;
  });
}

/** Breaks text between words. A word that is longer than the width stays whole: it may be a URL to be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of clean(text).split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length > width && line !== "") {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** What others have said goes to a terminal, which obeys control characters. */
const clean = (text: string): string =>
  Array.from(stripVTControlCharacters(text).replaceAll(DIRECTION_MARKS, ""), (character) =>
    isControl(character) ? " " : character,
  ).join("");

const isControl = (character: string): boolean =>
  character < " " || (character >= "\u007f" && character < "\u00a0");

const textOf = (piece: Piece): string => clean(typeof piece === "string" ? piece : piece[0]);
const toneOf = (piece: Piece): Tone => (typeof piece === "string" ? "plain" : piece[1]);
