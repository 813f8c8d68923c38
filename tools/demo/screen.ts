// What the demo shows: one plain line for each step, in columns; colour only on a terminal that wants it.
import { styleText } from "node:util";

type Tone = "good" | "bad" | "dim" | "loud" | "plain";

const STYLES: Record<Exclude<Tone, "plain">, Parameters<typeof styleText>[0]> = {
  good: "green",
  bad: ["bold", "red"],
  dim: "dim",
  loud: ["bold", "yellow"],
};

export type Screen = ReturnType<typeof createScreen>;

export function createScreen(write: (line: string) => void = console.log) {
  const startedAt = performance.now();

  /** Something that happened: to whom, when, what, and the particulars. */
  function step(who: string, what: string, detail = "", tone: Tone = "plain"): void {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    write(
      `${paint("dim", `${seconds.padStart(6)} s`)}  ${who.padEnd(10)} ${paint(tone, what.padEnd(12))} ${detail}`,
    );
  }

  const fact = (name: string, text: string): void => write(`  ${name.padEnd(10)} ${text}`);
  const say = (text = "", tone: Tone = "plain"): void => write(text === "" ? "" : paint(tone, text));

  return { step, fact, say };
}

/** `styleText` looks at the terminal, NO_COLOR and FORCE_COLOR by itself. */
const paint = (tone: Tone, text: string): string => (tone === "plain" ? text : styleText(STYLES[tone], text));
