// What the demo shows: steps in columns, facts, and on a terminal a few lines at the bottom that are drawn in place.
import { type Draw, liveRegion, plainRegion } from "./region.ts";
import { type Line, type Output, sizeOf, type Tone, wrap } from "./text.ts";

export type Screen = ReturnType<typeof createScreen>;

const WHO = 10;
const WHAT = 11;
/** Of what stands beside columns. */
const LEAST_ROOM = 20;
const NARROW_INDENT = 4;
/** Below this many columns a long bar leaves no room for words. */
const NARROW = 70;

/** Progress of which nobody has told yet is null. */
export type Moment = { who: string; what: string; percent: number | null };

/** `env` names the terminal: a dumb one cannot go back to a line, though it may be told of colours. */
export function createScreen(
  output: Output = process.stdout,
  env: { TERM?: string | undefined } = process.env,
) {
  const startedAt = performance.now();
  const isLive = output.isTTY === true && env.TERM !== "dumb";
  const region = isLive ? liveRegion(output) : plainRegion(output);
  /** Infinity where nothing needs to fit. */
  const columns = () => (isLive ? sizeOf(output).columns : Infinity);
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1);
  let headings = 0;

  /** A chapter of what follows, numbered. */
  function heading(title: string): void {
    headings += 1;
    region.print([]);
    say(`${headings}  ${title}`, "strong");
  }

  /** Something that happened: when, to whom, what, and the particulars; `aside` is left out where it has no room. */
  function step(who: string, what: string, detail = "", tone: Tone = "plain", aside = ""): void {
    const head: Line = [
      [`${seconds().padStart(6)} s  `, "dim"],
      who.padEnd(WHO + 1),
      [detail + aside === "" ? what : what.padEnd(WHAT), tone],
    ];
    printBeside(head, WHO + WHAT + 12, detail, aside);
  }

  /** Something to know or to open. */
  const fact = (name: string, text: string, aside = ""): void =>
    printBeside([`  ${name.padEnd(WHO)}`], WHO + 3, text, aside);

  const say = (text = "", tone: Tone = "plain"): void => {
    for (const line of text.split("\n").flatMap((part) => wrap(part, columns())))
      region.print([[line, tone]]);
  };

  /** Lines as they are, such as a command to be copied. */
  const print = (...lines: Line[]): void => lines.forEach(region.print);

  function printBeside(head: Line, indent: number, text: string, aside: string): void {
    const room = columns() - indent;
    if (room < LEAST_ROOM) return printBelow(head, text);
    const [first = "", ...others] = wrap(text, room);
    const fits = aside !== "" && others.length === 0 && first.length + 1 + aside.length <= room;
    region.print([...head, first === "" && !fits ? "" : ` ${first}`, [fits ? ` ${aside}` : "", "dim"]]);
    for (const other of others) region.print([" ".repeat(indent), other]);
  }

  /** A terminal that is too narrow for columns. */
  function printBelow(head: Line, text: string): void {
    region.print(head);
    if (text === "") return;
    for (const line of wrap(text, columns() - NARROW_INDENT)) region.print([" ".repeat(NARROW_INDENT), line]);
  }

  /** Draws lines at the bottom of a terminal until the returned function is called; elsewhere nothing. */
  const follow = (draw: Draw): (() => void) => region.add(draw);

  /** The same for something that is under way: one line with its progress. */
  const watch = (moment: () => Moment): (() => void) =>
    follow(({ spinner, columns: width }) => [lineOf(moment(), `${spinner} ${seconds()} s`, width)]);

  return { isLive, columns, heading, step, fact, say, print, follow, watch, seconds, close: region.close };
}

function lineOf({ who, what, percent }: Moment, time: string, columns: number): Line {
  const bar: Line =
    percent === null
      ? []
      : [...progressBar(percent, columns < NARROW ? 10 : 24), ` ${String(percent).padStart(3)} %`];
  return [[`${time.padStart(8)}  `, "dim"], who.padEnd(WHO + 1), `${what.padEnd(WHAT)} `, ...bar];
}

/** Filled up to the percentage. */
export function progressBar(percent: number, cells: number): Line {
  const filled = Math.round((Math.min(100, Math.max(0, percent)) / 100) * cells);
  return [
    ["━".repeat(filled), "good"],
    ["─".repeat(cells - filled), "dim"],
  ];
}
