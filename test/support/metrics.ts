/** The samples of a page in Prometheus' text format, by name and labels as they stand there. */
export type Samples = Record<string, number>;

export function readSamples(page: string): Samples {
  const lines = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => {
      const cut = line.lastIndexOf(" ");
      return [line.slice(0, cut), Number(line.slice(cut + 1))];
    }),
  );
}
