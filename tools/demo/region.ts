// The last lines of a terminal, drawn again and again in place while other lines pass above them.
import { clip, type Line, type Output, paint, sizeOf, widthOf } from "./text.ts";

export type Space = { columns: number; rows: number; spinner: string };
/** Makes the lines of one part of the region anew. They are cut to the space. */
export type Draw = (space: Space) => readonly Line[];

export type Region = {
  /** Prints a line above the region; it stays, and is not cut. */
  print: (line: Line) => void;
  /** Adds a part at the bottom until the returned function is called. */
  add: (draw: Draw) => () => void;
  /** Removes the region and gives the cursor back; what is printed later is only printed. */
  close: () => void;
};

const FRAME_MS = 100;
const SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_REST_OF_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** Where nothing can be drawn again: a pipe, a file, a terminal that is dumb. */
export function plainRegion(output: Output): Region {
  return {
    print: (line) => void output.write(`${paint(line, output)}\n`),
    add: () => () => {},
    close: () => {},
  };
}

/** Each frame is one write, of the lines that have changed, so nothing flickers; the cursor stands below the last line. */
export function liveRegion(output: Output): Region {
  const parts = new Set<Draw>();
  let drawn: Line[] = [];
  let drawnOn = 0;
  let timer: NodeJS.Timeout | undefined;
  let isCursorHidden = false;

  function draw(above: Line[] = []): void {
    const { columns } = sizeOf(output);
    const known = above.length === 0 && columns === drawnOn ? drawn : [];
    const lines = fill(parts, output);
    const rows = lines.map((line, row) => (isSame(line, known[row]) ? "" : show(line)));
    const text = [...above.map(show), ...rows].map((row) => `${row}\n`).join("");
    const clear = drawn.length > 0 ? CLEAR_BELOW : "";
    output.write(`${backToTop(drawn, columns)}${cursor(lines.length > 0)}${text}${clear}`);
    drawn = lines;
    drawnOn = columns;
  }

  const show = (line: Line): string => `${paint(line, output)}${CLEAR_REST_OF_LINE}`;

  function cursor(shouldHide: boolean): string {
    if (shouldHide === isCursorHidden) return "";
    isCursorHidden = shouldHide;
    return shouldHide ? HIDE_CURSOR : SHOW_CURSOR;
  }

  function stopWhenEmpty(): void {
    if (parts.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    process.off("exit", close);
  }

  function add(part: Draw): () => void {
    parts.add(part);
    if (timer === undefined) {
      timer = setInterval(draw, FRAME_MS).unref();
      process.once("exit", close);
    }
    draw();
    return () => {
      if (!parts.delete(part)) return;
      draw();
      stopWhenEmpty();
    };
  }

  function close(): void {
    if (parts.size === 0) return;
    parts.clear();
    draw();
    stopWhenEmpty();
  }

  const print = (line: Line): void => {
    if (drawn.length > 0) draw([line]);
    else output.write(`${paint(line, output)}\n`);
  };

  return { print, add, close };
}

const isSame = (line: Line, before: Line | undefined): boolean =>
  before !== undefined && JSON.stringify(line) === JSON.stringify(before);

/** A line that was drawn on a wider terminal has been broken into several by now. */
function backToTop(drawn: Line[], columns: number): string {
  const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
  return rows === 0 ? "" : `\r\x1b[${rows}A`;
}

/** One row stays free for the cursor: what has scrolled out at the top can be reached no more. */
function fill(parts: Set<Draw>, output: Output): Line[] {
  const { columns, rows } = sizeOf(output);
  const spinner = SPINNER[Math.floor(performance.now() / FRAME_MS) % SPINNER.length] ?? "";
  const lines: Line[] = [];
  for (const draw of parts) {
    const space = { columns, rows: rows - 1 - lines.length, spinner };
    lines.push(...draw(space).slice(0, Math.max(0, space.rows)));
  }
  return lines.map((line) => clip(line, columns - 1));
}
